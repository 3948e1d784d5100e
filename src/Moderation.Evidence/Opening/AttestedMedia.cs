// Checks attested media against the relay's receipt (section 12.5).
using System.Security.Cryptography;

namespace Moderation.Evidence.Opening;

internal static class AttestedMedia
{
    /// <summary>Checks 1 and 3-10 of 12.5 over a kind-1 plaintext; check 2 is E8, already passed by the receipt.</summary>
    public static Verdict<OpenedSegment> Check(byte[] plaintext, Descriptor descriptor, RelayReceipt receipt)
    {
        if (AttestedUnit.Parse(plaintext) is not { } unit)
            return Refuse(EvidenceCodes.AttestedMalformed, descriptor);
        var leafHash = MerkleTree.LeafHash(unit.Leaf.Span);
        if (!MerkleTree.Includes(receipt.Root, receipt.LeafCount, unit.LeafIndex, leafHash, unit.Proof))
            return Refuse(EvidenceCodes.LeafInclusion, descriptor);
        if (StreamLeaf.Parse(unit.Leaf) is not { } leaf)
            return Refuse(EvidenceCodes.AttestedMalformed, descriptor);
        if (!leaf.Participant.AsSpan().SequenceEqual(descriptor.Participant) || leaf.Stream != descriptor.Stream)
            return Refuse(EvidenceCodes.LeafMismatch, descriptor);
        if ((ulong)unit.Frames.Count != leaf.FrameCount)
            return Refuse(EvidenceCodes.FrameCount, descriptor);
        if (!FramesAre(unit.Frames, leaf))
            return Refuse(EvidenceCodes.FramesRoot, descriptor);
        var commitment = SegmentKeys.SFrameKeyCommitment(unit.BaseKey, leaf.Kid);
        if (!CryptographicOperations.FixedTimeEquals(commitment, leaf.KeyCommitment))
            return Refuse(EvidenceCodes.SFrameCommit, descriptor);
        return Open(plaintext, unit, leaf, descriptor);
    }

    private static Verdict<OpenedSegment> Open(
        byte[] plaintext,
        AttestedUnit unit,
        StreamLeaf leaf,
        Descriptor descriptor
    )
    {
        var present = unit.Frames.Where(frame => frame.IsPresent).ToArray();
        var headers = new SFrameHeader[present.Length];
        var counters = new HashSet<ulong>();
        for (var i = 0; i < present.Length; i++)
        {
            if (
                SFrame.ParseHeader(present[i].Bytes.Span) is not { } header
                || header.Kid != leaf.Kid
                || !counters.Add(header.Ctr)
            )
                return Refuse(EvidenceCodes.SFrameHeader, descriptor);
            headers[i] = header;
        }
        using var sframe = new SFrame(unit.BaseKey, leaf.Kid);
        CryptographicOperations.ZeroMemory(unit.BaseKey);
        using var media = new MemoryStream(plaintext.Length);
        for (var i = 0; i < present.Length; i++)
        {
            if (sframe.Open(present[i].Bytes.Span, headers[i]) is not { } opened)
                return Refuse(EvidenceCodes.SFrameAuth, descriptor);
            media.Write(opened);
        }
        var missing = unit.Frames.Count - present.Length;
        return new OpenedSegment(plaintext, media.ToArray(), AttributionGrade.G1, missing);
    }

    private static bool FramesAre(IReadOnlyList<AttestedFrame> frames, StreamLeaf leaf)
    {
        var hashes = frames
            .Select(frame => frame.IsPresent ? MerkleTree.LeafHash(frame.Bytes.Span) : frame.Bytes.ToArray())
            .ToArray();
        if (!MerkleTree.RootOfHashes(hashes).AsSpan().SequenceEqual(leaf.FramesRoot))
            return false;
        return !frames.All(frame => frame.IsPresent)
            || (ulong)frames.Sum(frame => (long)frame.Bytes.Length) == leaf.ByteCount;
    }

    private static EvidenceRefusal Refuse(string code, Descriptor descriptor) =>
        new(code, $"Segment {descriptor.Index}.");
}
