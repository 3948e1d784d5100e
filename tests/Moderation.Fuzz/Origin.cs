// Everything a run starts from: the shared bundles with their signing keys, and bundles, receipts and messages of its own.
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Fuzz;

/// <summary>A good or bad bundle, the state it is judged by, and the keys that let it be signed again.</summary>
/// <param name="File">The .evb file.</param>
/// <param name="State">Index into <see cref="Origin.States"/>.</param>
/// <param name="Device">Signs the manifest again; null when the file's key is not known.</param>
/// <param name="Relay">Signs receipts again; null when there is none.</param>
internal sealed record SeedBundle(byte[] File, int State, CoseSigner? Device, CoseSigner? Relay);

internal sealed class Origin : IDisposable
{
    public const ulong NowMs = 1_800_000_000_000;
    private readonly Chance chance;
    private readonly byte[] meeting;
    private readonly byte[] reporter;
    private readonly byte[] participant;
    private readonly CoseSigner ed25519;
    private readonly CoseSigner p256;

    public Origin(string vectors, ulong seed)
    {
        chance = new Chance(seed);
        (meeting, reporter, participant) = (chance.Bytes(16), chance.Bytes(16), chance.Bytes(16));
        ed25519 = CoseSigner.Import(CoseAlgorithm.Ed25519, chance.Bytes(32));
        p256 = CoseSigner.Import(CoseAlgorithm.Esp256, [0, .. chance.Bytes(31)]);
        Vault = KemKeyPair.Import(Kem.X25519, chance.Bytes(32));
        Custodian = KemKeyPair.Import(Kem.P256, [0, .. chance.Bytes(31)]);
        var challenges = new[] { chance.Bytes(32), chance.Bytes(32), chance.Bytes(32) };
        StateFiles =
        [
            File.ReadAllBytes(Path.Combine(vectors, "keys.json")),
            File.ReadAllBytes(Path.Combine(vectors, "keys-log.json")),
            OwnState(challenges),
        ];
        States = [.. StateFiles.Select(file => AnnexAState.Parse(file))];
        AttestedPlaintext = [];
        Bundles =
        [
            .. ReadVectors(vectors),
            Own(challenges[0], ed25519, [], [Media(1_000), Chat()]),
            Own(challenges[1], p256, [], [Media(20), Gap()]),
            OwnAttested(challenges[2]),
        ];
    }

    public IReadOnlyList<byte[]> StateFiles { get; }
    public IReadOnlyList<AnnexAState> States { get; }
    public IReadOnlyList<SeedBundle> Bundles { get; }

    /// <summary>Signs whatever a vault, a device or an analyst would sign.</summary>
    public CoseSigner Signer => ed25519;
    public CoseSigner Relay => p256;
    public KemKeyPair Vault { get; }
    public KemKeyPair Custodian { get; }

    /// <summary>A good kind-1 plaintext with the descriptor and receipt it belongs to.</summary>
    public byte[] AttestedPlaintext { get; private set; }
    public Descriptor AttestedDescriptor { get; private set; } = null!;
    public RelayReceipt AttestedReceipt { get; private set; } = null!;

    public void Dispose()
    {
        foreach (var bundle in Bundles)
            bundle.Device?.Dispose();
        ed25519.Dispose();
        p256.Dispose();
        Vault.Dispose();
        Custodian.Dispose();
    }

    private static IEnumerable<SeedBundle> ReadVectors(string vectors)
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(vectors, "index.json")));
        foreach (var list in new[] { "positive", "negative" })
        foreach (var entry in index.RootElement.GetProperty(list).EnumerateArray())
        {
            var file = File.ReadAllBytes(Path.Combine(vectors, entry.GetProperty("file").GetString()!));
            var state = entry.GetProperty("keys").GetString() == "keys-log.json" ? 1 : 0;
            CoseSigner? device = null;
            if (entry.TryGetProperty("details", out var details))
            {
                using var secrets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(vectors, details.GetString()!)));
                var key = secrets.RootElement.GetProperty("secrets").GetProperty("device_private").GetString()!;
                var head = BundleHead.Parse(file).Value;
                var algorithm = (CoseAlgorithm)CoseSign1.Parse(head.Manifest, CoseContentTypes.Manifest)!.Algorithm;
                device = CoseSigner.Import(algorithm, Convert.FromHexString(key));
            }
            yield return new SeedBundle(file, state, device, null);
        }
    }

    private byte[] OwnState(byte[][] challenges)
    {
        CoseSigner[] devices = [ed25519, p256, ed25519];
        return new AnnexAContents
        {
            NowMs = NowMs,
            Devices =
            [
                .. new[] { ed25519, p256 }.Select(device => new RegisteredDevice(
                    device.PublicKey,
                    DeviceStatus.Active,
                    new byte[32],
                    0,
                    new byte[32]
                )),
            ],
            Meetings = [(meeting, new KnownMeeting([reporter], [p256.PublicKey, ed25519.PublicKey]))],
            Challenges =
            [
                .. challenges.Select(
                    (challenge, i) =>
                        (
                            challenge,
                            new IssuedChallenge(
                                devices[i].PublicKey.Kid.ToArray(),
                                meeting,
                                reporter,
                                NowMs,
                                Used: false
                            )
                        )
                ),
            ],
            Recipients =
            [
                new AnnexARecipient(1, Vault.Kem, Vault.PublicKey.ToArray(), Vault.ExportPrivateKey()),
                new AnnexARecipient(2, Custodian.Kem, Custodian.PublicKey.ToArray(), Custodian.ExportPrivateKey()),
            ],
        }.Encode(withPrivateKeys: true);
    }

    private SeedBundle Own(byte[] challenge, CoseSigner device, byte[][] receipts, SegmentDraft[] segments)
    {
        var bundle = BundleSealer.Seal(
            new BundleDraft
            {
                Challenge = challenge,
                Meeting = meeting,
                Reporter = reporter,
                Counter = 1,
                CreatedMs = NowMs,
                WindowStart = 0,
                WindowEnd = 60_000,
                Reason = 3,
                Sdk = "fuzz 1",
                Recipients =
                [
                    new RecipientKey(1, Vault.Kem, Vault.PublicKey.ToArray()),
                    new RecipientKey(2, Custodian.Kem, Custodian.PublicKey.ToArray()),
                ],
                Segments = segments,
                Receipts = receipts,
            },
            device
        );
        return new SeedBundle(bundle.ToFile(), 2, device, receipts.Length > 0 ? p256 : null);
    }

    private SeedBundle OwnAttested(byte[] challenge)
    {
        using var sender = new SFrameSender(chance.Bytes(32), 0x1234_5678);
        byte[][] frames = [sender.Seal(chance.Bytes(60)), sender.Seal(chance.Bytes(200)), sender.Seal(chance.Bytes(9))];
        var leaf = new StreamLeaf(
            participant,
            1,
            sender.Kid,
            sender.KeyCommitment,
            (ulong)frames.Length,
            (ulong)frames.Sum(frame => frame.Length),
            MerkleTree.RootOfHashes([.. frames.Select(frame => MerkleTree.LeafHash(frame))])
        ).Encode();
        ReadOnlyMemory<byte>[] leaves = [leaf, chance.Bytes(80), chance.Bytes(81)];
        AttestedReceipt = new RelayReceipt
        {
            Meeting = meeting,
            Window = 5,
            WindowStart = 0,
            WindowEnd = 2_000,
            LeafCount = (ulong)leaves.Length,
            Root = MerkleTree.Root(leaves),
            Previous = new byte[32],
        };
        var first = AttestedReceipt.Sign(p256);
        var second = (
            AttestedReceipt with
            {
                Window = 6,
                WindowStart = 2_000,
                WindowEnd = 4_000,
                Previous = SHA256.HashData(first),
            }
        ).Sign(p256);
        AttestedPlaintext = new AttestedUnit(
            sender.BaseKey(),
            leaf,
            0,
            MerkleTree.Proof(leaves, 0),
            [.. frames.Select(frame => new AttestedFrame(frame, IsPresent: true))]
        ).Encode();
        var draft = Media(0) with { Kind = SegmentKind.AttestedMedia, Receipt = 0, Plaintext = AttestedPlaintext };
        var bundle = Own(challenge, ed25519, [first, second], [draft, Media(30)]);
        AttestedDescriptor = States[2].VerifyHead(bundle.File).Value.Structure.Descriptors[0];
        return bundle;
    }

    private SegmentDraft Media(int bytes) =>
        new()
        {
            Kind = SegmentKind.AssertedMedia,
            Participant = participant,
            Stream = 1,
            T0 = 10_000,
            Duration = 2_000,
            Content = 1,
            Plaintext = chance.Bytes(bytes),
        };

    private static SegmentDraft Chat() =>
        new()
        {
            Kind = SegmentKind.Chat,
            T0 = 0,
            Duration = 60_000,
            Content = 16,
            Plaintext = "{\"t\":1,\"from\":\"\",\"text\":\"\"}\n"u8.ToArray(),
        };

    private SegmentDraft Gap() =>
        new()
        {
            Kind = SegmentKind.Gap,
            Participant = participant,
            Stream = 2,
            T0 = 5_000,
            Duration = 1_000,
            Content = 67,
        };
}
