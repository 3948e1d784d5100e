// Flips every single bit of the signed regions of whole bundles, and cuts them at every length: all of it is refused.
using System.Collections.Concurrent;
using Moderation.Evidence;

namespace Moderation.UnitTests.Evidence;

public class EveryBitTests
{
    // One asserted by the host alone, one with two receipts of a relay; several segments each.
    public static TheoryData<string> Samples => ["esp256-x25519-p256", "attested-missing-two-receipts"];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_flipped_bit_of_header_manifest_table_and_receipts_is_refused(string name)
    {
        var (file, state, head) = Load(name);
        var accepted = new ConcurrentBag<int>();
        var codes = new ConcurrentDictionary<string, int>();

        Parallel.For(
            0,
            head.Head.Bytes.Length,
            at =>
            {
                var bytes = (byte[])file.Clone();
                for (var bit = 0; bit < 8; bit++)
                {
                    bytes[at] ^= (byte)(1 << bit);
                    if (Judge(bytes, state) is { } refusal)
                        codes.AddOrUpdate(refusal.Code, 1, (_, count) => count + 1);
                    else
                        accepted.Add(at * 8 + bit);
                    bytes[at] ^= (byte)(1 << bit);
                }
            }
        );

        accepted.ShouldBeEmpty();
        codes.Values.Sum().ShouldBe(head.Head.Bytes.Length * 8);
        // Each region has a check of its own that speaks up.
        codes.Keys.ShouldContain(EvidenceCodes.BadMagic);
        codes.Keys.ShouldContain(EvidenceCodes.ManifestSignature);
        codes.Keys.ShouldContain(EvidenceCodes.MerkleRoot);
        codes.Keys.ShouldContain(EvidenceCodes.ReceiptsHash);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_flipped_bit_of_a_segment_is_refused(string name)
    {
        var (file, state, head) = Load(name);
        var start = head.Head.Bytes.Length;
        var refused = new ConcurrentBag<string?>();

        // Every byte, one bit of it after the other from byte to byte.
        Parallel.For(
            start,
            file.Length,
            at =>
            {
                var bytes = (byte[])file.Clone();
                bytes[at] ^= (byte)(1 << (at % 8));
                refused.Add(Judge(bytes, state)?.Code);
            }
        );

        refused.Count.ShouldBe(file.Length - start);
        refused.Distinct().ShouldBe([EvidenceCodes.SegmentHash]);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_truncation_is_refused_and_so_is_every_byte_too_many(string name)
    {
        var (file, state, head) = Load(name);
        var start = head.Head.Bytes.Length;
        var boundaries = new List<int> { start };
        foreach (var descriptor in head.Structure.Descriptors)
            boundaries.Add(boundaries[^1] + (int)descriptor.CiphertextLength);
        boundaries[^1].ShouldBe(file.Length);
        var lengths = Enumerable
            .Range(0, start + 1)
            .Concat(boundaries.SelectMany(end => new[] { end - 1, end, end + 1 }))
            .Concat(Enumerable.Range(start, file.Length - start).Where(length => length % 61 == 0))
            .Where(length => length < file.Length)
            .Distinct()
            .ToArray();
        var codes = new ConcurrentBag<string?>();

        Parallel.ForEach(lengths, length => codes.Add(Judge(file[..length], state)?.Code));

        codes.Count.ShouldBe(lengths.Length);
        codes.Distinct().ShouldBe([EvidenceCodes.Truncated]);
        Judge([.. file, 0], state)!.Code.ShouldBe(EvidenceCodes.TrailingBytes);
    }

    private static (byte[] File, AnnexAState State, VerifiedHead Head) Load(string name)
    {
        var file = Vectors.Read($"evb1/positive/{name}.evb");
        var state = Vectors.State("keys.json");
        Judge(file, state).ShouldBeNull();
        return (file, state, state.VerifyHead(file).Value);
    }

    private static EvidenceRefusal? Judge(byte[] file, AnnexAState state)
    {
        if (!state.VerifyHead(file).Holds(out var head, out var refusal))
            return refusal;
        var at = head.Head.Bytes.Length;
        using var body = new MemoryStream(file, at, file.Length - at);
        return SegmentVerifier.VerifyAllAsync(body, head.Structure.Descriptors).GetAwaiter().GetResult();
    }
}
