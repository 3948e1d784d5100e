// Makes the project's own vectors, tests/vectors/evb1: every suite, the chunk edges, and more instances of what is refused.
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Fuzz;

/// <summary>The shape of index.json is that of shared/vectors/evb1. New keys each time: checked in once, made again on purpose.</summary>
internal sealed class OwnVectors
{
    private const ulong NowMs = 1_800_000_000_000;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly string folder;
    private readonly byte[] meeting = RandomNumberGenerator.GetBytes(16);
    private readonly byte[] reporter = RandomNumberGenerator.GetBytes(16);
    private readonly Dictionary<CoseAlgorithm, CoseSigner> devices = [];
    private readonly Dictionary<(uint Role, Kem Kem), KemKeyPair> keys = [];
    private readonly List<(byte[], IssuedChallenge)> challenges = [];
    private readonly List<object> positive = [];
    private readonly List<object> negative = [];

    private OwnVectors(string folder)
    {
        this.folder = folder;
        foreach (var algorithm in Enum.GetValues<CoseAlgorithm>())
            devices[algorithm] = CoseSigner.Generate(algorithm);
        foreach (var kem in Enum.GetValues<Kem>())
        foreach (uint role in new[] { 1, 2 })
            keys[(role, kem)] = KemKeyPair.Generate(kem);
    }

    public static void Write(string folder)
    {
        var vectors = new OwnVectors(folder);
        Directory.CreateDirectory(Path.Combine(folder, "positive"));
        Directory.CreateDirectory(Path.Combine(folder, "negative"));
        vectors.MakePositives();
        vectors.MakeNegatives();
        vectors.WriteState();
    }

    private void MakePositives()
    {
        foreach (var device in Enum.GetValues<CoseAlgorithm>())
        foreach (var vault in Enum.GetValues<Kem>())
        foreach (var custodian in Enum.GetValues<Kem>())
            Good(
                $"{device}-{vault}-{custodian}".ToLowerInvariant(),
                Seal([Note("x"u8.ToArray())], device, vault, custodian)
            );
        int[] edges = [1, 16_383, 16_384, 16_385];
        Good("chunk-edges", Seal([Gap(), .. edges.Select(length => Media(new byte[length]))]));
    }

    private void MakeNegatives()
    {
        var seed = Seal([Note("x"u8.ToArray()), Media([1, 2, 3])]);
        var key16 = 31;
        Bad(
            "kem-in-an-array",
            EvidenceCodes.RecipientsMalformed,
            Payload(
                seed,
                map =>
                {
                    var wrap = map.Items[key16].Items[0].Items;
                    wrap[1] = CborTree.Array(wrap[1]);
                }
            )
        );
        Bad(
            "kem-as-bytes",
            EvidenceCodes.RecipientsMalformed,
            Payload(seed, map => map.Items[key16].Items[0].Items[1] = CborTree.Bytes([0x33, 0x32]))
        );
        Bad(
            "kem-unknown",
            EvidenceCodes.RecipientsMalformed,
            Payload(seed, map => map.Items[key16].Items[0].Items[1].Argument = 33)
        );
        Bad("roles-swapped", EvidenceCodes.RecipientsMalformed, Payload(seed, map => map.Items[key16].Items.Reverse()));
        Bad("counter-zero", EvidenceCodes.LimitExceeded, Payload(seed, map => map.Items[13].Argument = 0));
        Bad(
            "counter-beyond-2-53",
            EvidenceCodes.LimitExceeded,
            Payload(seed, map => map.Items[13].Argument = 1UL << 53)
        );
        Bad("window-too-long", EvidenceCodes.LimitExceeded, Payload(seed, map => map.Items[19].Argument = 300_001));
        Bad("sdk-empty", EvidenceCodes.ManifestMalformed, Payload(seed, map => map.Items[35].Content = []));
        Bad(
            "sdk-not-utf8",
            EvidenceCodes.ManifestMalformed,
            Payload(seed, map => map.Items[35].Content = [0xED, 0xA0, 0x80])
        );
        Bad("counter-long-form", EvidenceCodes.ManifestMalformed, Payload(seed, map => map.Items[13].IsLong = true));
        Bad(
            "payload-null",
            EvidenceCodes.ManifestMalformed,
            Payload(seed, map => map.Items[35] = CborTree.Raw([0xF6]))
        );
        Bad("manifest-version-2", EvidenceCodes.UnsupportedVersion, Payload(seed, map => map.Items[1].Argument = 2));
        Bad("alg-beyond-2-53", EvidenceCodes.ManifestAlgorithm, Algorithm(seed, 1UL << 60));
        Bad("alg-beyond-2-63", EvidenceCodes.ManifestAlgorithm, Algorithm(seed, ulong.MaxValue));
        Bad("kind-8", EvidenceCodes.DescriptorInvalid, Row(seed, row => row with { Kind = 8 }));
        Bad("content-reserved", EvidenceCodes.DescriptorInvalid, Row(seed, row => row with { Content = 128 }));
        Bad("before-the-window", EvidenceCodes.DescriptorInvalid, Row(seed, row => row with { T0 = 100_000 }));
        Bad("gap-with-bytes", EvidenceCodes.DescriptorInvalid, Row(seed, row => row with { Kind = 7, Content = 64 }));
        Bad("receipt-where-none-is", EvidenceCodes.DescriptorInvalid, Row(seed, row => row with { Receipt = 0 }));
        Bad("length-formula", EvidenceCodes.DescriptorInvalid, Row(seed, row => row with { PlaintextLength = 2 }));
        Bad("last-byte-missing", EvidenceCodes.Truncated, seed.File[..^1]);
    }

    private void Good(string name, Sealed bundle)
    {
        var state = AnnexAState.Parse(StateFile(withPrivateKeys: true));
        var head = state.VerifyHead(bundle.File).Value;
        var cek = BundleOpener.OpenContentKey(head.Authentic, [.. keys.Values]).Value;
        var expect = new
        {
            content_id = Hex(bundle.Bundle.ContentId),
            root = Hex(bundle.Bundle.Manifest.Root),
            segments = bundle.Plaintexts.Count,
            plaintext_sha256 = bundle.Plaintexts.Select(plaintext => Hex(SHA256.HashData(plaintext))),
            grades = bundle.Plaintexts.Select(_ => "G0"),
        };
        var secrets = new { device_private = Hex(bundle.Device.ExportPrivateKey()), cek = Hex(cek) };
        File.WriteAllBytes(Path.Combine(folder, "positive", name + ".evb"), bundle.File);
        WriteJson(
            Path.Combine("positive", name + ".json"),
            new
            {
                file = name + ".evb",
                expect,
                secrets,
            }
        );
        positive.Add(
            new
            {
                name,
                file = $"positive/{name}.evb",
                details = $"positive/{name}.json",
                keys = "keys.json",
            }
        );
    }

    private void Bad(string name, string code, byte[] file)
    {
        File.WriteAllBytes(Path.Combine(folder, "negative", name + ".evb"), file);
        negative.Add(
            new
            {
                name,
                file = $"negative/{name}.evb",
                keys = "keys.json",
                op = "verify",
                code,
            }
        );
    }

    private static byte[] Payload(Sealed seed, Action<CborTree> bend)
    {
        var tree = CborTree.Parse(seed.Bundle.Manifest.Encode())!;
        bend(tree);
        return Assemble(
            seed,
            CoseSign1.Sign(seed.Device, CoseContentTypes.Manifest, CoseLabels.Manifest, tree.Encode()),
            seed.Head.Table
        );
    }

    // The signature does not fit any more, but the algorithm is judged before it.
    private static byte[] Algorithm(Sealed seed, ulong argument)
    {
        var tree = CborTree.Parse(seed.Head.Manifest.Span)!;
        tree.Items[0].Items[0].Items[0].Items[1].Argument = argument;
        return Assemble(seed, tree.Encode(), seed.Head.Table);
    }

    private static byte[] Row(Sealed seed, Func<Descriptor, Descriptor> bend)
    {
        ReadOnlyMemory<byte>[] rows = [seed.Bundle.Descriptors[0].Encode(), bend(seed.Bundle.Descriptors[1]).Encode()];
        var manifest = seed.Bundle.Manifest with { Root = MerkleTree.Root(rows) };
        var table = CborTree.Array([.. rows.Select(row => CborTree.Bytes(row.ToArray()))]).Encode();
        return Assemble(
            seed,
            CoseSign1.Sign(seed.Device, CoseContentTypes.Manifest, CoseLabels.Manifest, manifest.Encode()),
            table
        );
    }

    private static byte[] Assemble(Sealed seed, byte[] manifest, ReadOnlyMemory<byte> table) =>
        [
            .. BundleHead.Assemble(manifest, table.ToArray(), seed.Head.Receipts.ToArray(), seed.Head.SegmentCount),
            .. seed.File.AsSpan(seed.Head.Bytes.Length),
        ];

    private Sealed Seal(
        SegmentDraft[] segments,
        CoseAlgorithm device = CoseAlgorithm.Ed25519,
        Kem vault = Kem.X25519,
        Kem custodian = Kem.X25519
    )
    {
        var challenge = RandomNumberGenerator.GetBytes(32);
        var kid = devices[device].PublicKey.Kid.ToArray();
        challenges.Add((challenge, new IssuedChallenge(kid, meeting, reporter, NowMs + 900_000, Used: false)));
        var draft = new BundleDraft
        {
            Challenge = challenge,
            Meeting = meeting,
            Reporter = reporter,
            Counter = 1,
            CreatedMs = NowMs,
            WindowStart = 0,
            WindowEnd = 60_000,
            Reason = 3,
            Sdk = "moderation-vectors/1",
            Recipients = [Public(1, vault), Public(2, custodian)],
            Segments = segments,
        };
        var bundle = BundleSealer.Seal(draft, devices[device]);
        return new Sealed(bundle, bundle.ToFile(), devices[device], [.. segments.Select(s => s.Plaintext.ToArray())]);
    }

    private RecipientKey Public(uint role, Kem kem) => new(role, kem, keys[(role, kem)].PublicKey.ToArray());

    private SegmentDraft Note(byte[] text) => Media(text) with { Kind = SegmentKind.Note, Stream = 0, Content = 48 };

    private SegmentDraft Gap() => Media([]) with { Kind = SegmentKind.Gap, Content = 67 };

    private SegmentDraft Media(byte[] plaintext) =>
        new()
        {
            Kind = SegmentKind.AssertedMedia,
            Participant = reporter,
            Stream = 1,
            T0 = 1_000,
            Duration = 2_000,
            Content = 1,
            Plaintext = plaintext,
        };

    private void WriteState()
    {
        File.WriteAllBytes(Path.Combine(folder, "keys.json"), StateFile(withPrivateKeys: true));
        File.WriteAllBytes(Path.Combine(folder, "keys-public.json"), StateFile(withPrivateKeys: false));
        WriteJson(
            "index.json",
            new
            {
                format = "evb1",
                spec = "docs/evidence-format.md",
                positive,
                negative,
            }
        );
    }

    private byte[] StateFile(bool withPrivateKeys) =>
        new AnnexAContents
        {
            NowMs = NowMs,
            Devices =
            [
                .. devices.Values.Select(device => new RegisteredDevice(
                    device.PublicKey,
                    DeviceStatus.Active,
                    new byte[32],
                    0,
                    new byte[32]
                )),
            ],
            Meetings = [(meeting, new KnownMeeting([reporter], []))],
            Challenges = challenges,
            Recipients =
            [
                .. keys.Select(pair => new AnnexARecipient(
                    pair.Key.Role,
                    pair.Key.Kem,
                    pair.Value.PublicKey.ToArray(),
                    pair.Value.ExportPrivateKey()
                )),
            ],
        }.Encode(withPrivateKeys);

    private void WriteJson(string path, object value) =>
        File.WriteAllText(Path.Combine(folder, path), JsonSerializer.Serialize(value, Indented) + "\n");

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private sealed record Sealed(SealedBundle Bundle, byte[] File, CoseSigner Device, IReadOnlyList<byte[]> Plaintexts)
    {
        public BundleHead Head { get; } = BundleHead.Parse(Bundle.Head).Value;
    }
}
