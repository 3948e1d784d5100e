// What is thrown at: every reader of the format, each with its seeds and the words for what it answers.
using Moderation.Evidence;

namespace Moderation.Fuzz;

/// <summary>One reader.</summary>
/// <param name="Name">As in the table of a run.</param>
/// <param name="Weight">Its share of the executions; cheap readers get more.</param>
/// <param name="Make">A bent input.</param>
/// <param name="Judge">The verdict as a word; it never throws.</param>
/// <param name="Peer">Number of the same reader in evidence-js, or -1.</param>
internal sealed record Target(
    string Name,
    int Weight,
    Func<Chance, byte[]> Make,
    Func<byte[], string> Judge,
    int Peer = -1
);

internal static class Targets
{
    private const string Good = "ok";
    private const string Bad = "refused";

    public static IReadOnlyList<Target> Of(Origin origin)
    {
        var heads = origin
            .Bundles.Select(bundle => BundleHead.Parse(bundle.File).ValueOrNull)
            .OfType<BundleHead>()
            .ToArray();
        byte[][] manifests = [.. heads.Select(head => head.Manifest.ToArray())];
        byte[][] payloads = [.. manifests.Select(PayloadOf).OfType<byte[]>()];
        byte[][] rows = [.. heads.SelectMany(head => head.ReadRows()?.Take(8) ?? []).Select(row => row.ToArray())];
        byte[][] receipts = [.. heads.SelectMany(head => head.ReadReceipts() ?? []).Select(bytes => bytes.ToArray())];
        byte[][] items =
        [
            .. payloads,
            .. rows,
            .. heads.Select(head => head.Table.ToArray()).Where(t => t.Length < 2_000),
        ];
        SeedBundle[] small = [.. origin.Bundles.Where(bundle => bundle.File.Length is >= 200 and < 4_000)];
        SeedBundle[] signable =
        [
            .. origin.Bundles.Where(bundle => bundle is { Device: not null, File.Length: < 8_000 }),
        ];
        SeedBundle[] own = [.. signable.Where(bundle => bundle.Relay is not null), .. signable];
        return
        [
            new("cbor", 24, Bending(items), bytes => CborForm.IsDeterministic(bytes) ? Good : Bad, Peer: 1),
            new(
                "cose",
                14,
                Bending([.. manifests, .. receipts]),
                bytes => CoseSign1.Parse(bytes, CoseContentTypes.Manifest) is null ? Bad : Good,
                Peer: 2
            ),
            new("manifest", 14, Bending(payloads), bytes => Word(Manifest.Parse(bytes).Refusal), Peer: 3),
            new("descriptor", 14, Bending(rows), bytes => Descriptor.Parse(bytes) is null ? Bad : Good, Peer: 4),
            new("receipt", 6, Bending(receipts), bytes => RelayReceipt.ReadUnverified(bytes) is null ? Bad : Good),
            new("keys-file", 1, Json(origin), ReadKeys),
            new("header", 8, Files(small, BendHeader), bytes => Word(BundleHead.Parse(bytes.AsMemory(1)).Refusal)),
            new("head", 2, Files(small, BendHead), bytes => JudgeHead(origin, bytes)),
            new("bundle", 1, Files(small, BendAnywhere), bytes => JudgeFile(origin, bytes), Peer: 0),
            new(
                "signed-manifest",
                2,
                Signing(signable, Resigning.BendManifest),
                bytes => JudgeFile(origin, bytes),
                Peer: 0
            ),
            new("signed-regions", 2, Signing(own, Resigning.BendRegions), bytes => JudgeFile(origin, bytes), Peer: 0),
            .. MessageTargets.Of(origin),
        ];
    }

    public static Func<Chance, byte[]> Bending(byte[][] seeds) =>
        chance => Mutation.Bend(chance.Pick(seeds), chance, () => chance.Pick(seeds));

    public static string Word(EvidenceRefusal? refusal) => refusal?.Code ?? Good;

    public static string Word(object? value) => value is null ? Bad : Good;

    // Inputs that are files begin with one byte: the state they are judged by.
    private static Func<Chance, byte[]> Files(SeedBundle[] seeds, Func<byte[], Chance, Func<byte[]>, byte[]> bend) =>
        chance =>
        {
            var seed = chance.Pick(seeds);
            return [(byte)seed.State, .. bend(seed.File, chance, () => chance.Pick(seeds).File)];
        };

    private static Func<Chance, byte[]> Signing(
        SeedBundle[] seeds,
        Func<SeedBundle, Chance, Func<byte[]>, byte[]> bend
    ) =>
        chance =>
        {
            var seed = chance.Pick(seeds);
            return [(byte)seed.State, .. bend(seed, chance, () => chance.Pick(seeds).File[32..])];
        };

    private static byte[] BendHeader(byte[] file, Chance chance, Func<byte[]> another) =>
        [.. Mutation.Bend(file[..32], chance, another), .. file.AsSpan(32, 64)];

    private static byte[] BendHead(byte[] file, Chance chance, Func<byte[]> another)
    {
        if (BundleHead.Parse(file).ValueOrNull is not { } head)
            return file;
        var regions = new[] { head.Manifest.ToArray(), head.Table.ToArray(), head.Receipts.ToArray() };
        var at = chance.Below(3);
        regions[at] = Mutation.Bend(regions[at], chance, another);
        return BundleHead.Assemble(regions[0], regions[1], regions[2], head.SegmentCount);
    }

    private static byte[] BendAnywhere(byte[] file, Chance chance, Func<byte[]> another) =>
        chance.OneIn(3)
            ? [.. BendHead(file, chance, another), .. file.AsSpan(Math.Min(file.Length, 900))]
            : Mutation.Bend(file, chance, another);

    private static string JudgeHead(Origin origin, byte[] input) =>
        Word(origin.States[input[0]].VerifyHead(input.AsMemory(1)).Refusal);

    private static string JudgeFile(Origin origin, byte[] input)
    {
        if (!origin.States[input[0]].VerifyHead(input.AsMemory(1)).Holds(out var head, out var refusal))
            return refusal.Code;
        var at = 1 + head.Head.Bytes.Length;
        using var body = new MemoryStream(input, at, input.Length - at);
        return Word(SegmentVerifier.VerifyAllAsync(body, head.Structure.Descriptors).GetAwaiter().GetResult());
    }

    private static Func<Chance, byte[]> Json(Origin origin)
    {
        byte[][] seeds = [origin.StateFiles[2]];
        var words = new[]
        {
            "null",
            "-1",
            "1e400",
            "\"\\ud800\"",
            "{}",
            "[]",
            "\"kid\":1,",
            "18446744073709551616",
            "\"\"",
            "//",
        };
        return chance =>
        {
            var bytes = chance.Pick(seeds);
            var at = chance.Below(bytes.Length);
            return chance.OneIn(3)
                ?
                [
                    .. bytes[..at],
                    .. System.Text.Encoding.UTF8.GetBytes(chance.Pick(words)),
                    .. bytes[(at + chance.Below(bytes.Length - at))..],
                ]
                : Mutation.Bend(bytes, chance, () => bytes);
        };
    }

    private static string ReadKeys(byte[] bytes)
    {
        try
        {
            AnnexAState.Parse(bytes);
            return Good;
        }
        catch (FormatException)
        {
            // The one answer this reader has for a file that is none.
            return Bad;
        }
    }

    private static byte[]? PayloadOf(byte[] manifest) =>
        CoseSign1.Parse(manifest, CoseContentTypes.Manifest)?.Payload.ToArray();
}
