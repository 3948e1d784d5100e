// Puts together the plaintext of a kind-1 segment from what the host holds and what the relay says of it (sections 12.2, 12.4).
using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>The host's side of section 12.4.</summary>
public static class AttestedSegment
{
    /// <summary>
    /// The deterministic array of five, or null when the attestation does not fit: another stream or KID, another key, a root that
    /// is not that of its hashes, a leaf its receipt does not include, another meeting, or none of the held frames in it. Frames
    /// the relay saw and the host does not hold, or cannot open, stand as their hashes. The receipt's signature is not checked
    /// here: only intake and readers know the relay's key.
    /// </summary>
    /// <param name="baseKey">K_seg, 32 bytes.</param>
    /// <param name="frames">The held SFrame frames, in any order.</param>
    /// <param name="meeting">16 bytes.</param>
    public static IMemoryOwner<byte>? Compose(
        Attestation attestation,
        StreamKid stream,
        ReadOnlySpan<byte> baseKey,
        IReadOnlyList<ReadOnlyMemory<byte>> frames,
        ReadOnlySpan<byte> meeting
    )
    {
        if (!Fits(attestation, stream, baseKey, meeting))
            return null;
        var ordered = InOrder(attestation.FrameHashes, stream.Kid, baseKey, frames);
        if (!ordered.Exists(frame => frame.IsPresent))
            return null;
        var length = Length(attestation, ordered);
        if (length > EvidenceLimits.SegmentPlaintext)
            return null;
        var memory = SecretMemory.Rent((int)length);
        Write(memory.Memory.Span, attestation, baseKey, ordered);
        return memory;
    }

    private static bool Fits(Attestation a, StreamKid stream, ReadOnlySpan<byte> baseKey, ReadOnlySpan<byte> meeting)
    {
        if (
            StreamLeaf.Parse(a.Leaf) is not { } leaf
            || RelayReceipt.ReadUnverified(a.Receipt) is not { } receipt
            || !receipt.Meeting.AsSpan().SequenceEqual(meeting)
        )
            return false;
        return leaf.Participant.AsSpan().SequenceEqual(stream.Participant)
            && leaf.Stream == stream.Stream
            && leaf.Kid == stream.Kid
            && leaf.FrameCount == (ulong)a.FrameHashes.Count
            && CryptographicOperations.FixedTimeEquals(
                SegmentKeys.SFrameKeyCommitment(baseKey, leaf.Kid),
                leaf.KeyCommitment
            )
            && MerkleTree.RootOfHashes(a.FrameHashes).AsSpan().SequenceEqual(leaf.FramesRoot)
            && MerkleTree.Includes(
                receipt.Root,
                receipt.LeafCount,
                a.LeafIndex,
                MerkleTree.LeafHash(a.Leaf.Span),
                a.Proof
            );
    }

    private static List<AttestedFrame> InOrder(
        IReadOnlyList<byte[]> hashes,
        ulong kid,
        ReadOnlySpan<byte> baseKey,
        IReadOnlyList<ReadOnlyMemory<byte>> frames
    )
    {
        using SFrameReceiver receiver = new(baseKey, kid);
        HashSet<ulong> counters = [];
        Dictionary<string, ReadOnlyMemory<byte>> held = [];
        using var scratch = SecretMemory.Rent(frames.Count == 0 ? 0 : frames.Max(frame => frame.Length));
        foreach (var frame in frames)
            // A sender could break the check of its own segment with one frame that does not open: the rest must still count.
            if (
                receiver.CounterOf(frame.Span) is { } counter
                && receiver.Open(frame.Span, scratch.Memory.Span) >= 0
                && counters.Add(counter)
            )
                held.TryAdd(Convert.ToHexString(MerkleTree.LeafHash(frame.Span)), frame);
        List<AttestedFrame> ordered = new(hashes.Count);
        foreach (var hash in hashes)
            ordered.Add(
                held.Remove(Convert.ToHexString(hash), out var frame)
                    ? new AttestedFrame(frame, IsPresent: true)
                    : new AttestedFrame(hash, IsPresent: false)
            );
        return ordered;
    }

    private static long Length(Attestation a, List<AttestedFrame> frames)
    {
        long length = 1 + 2 + 32;
        length += Head(a.Leaf.Length) + a.Leaf.Length + Head(a.LeafIndex);
        length += Head(a.Proof.Count) + a.Proof.Count * 34L + Head(frames.Count);
        foreach (var frame in frames)
            length += (frame.IsPresent ? 0 : 1) + Head(frame.Bytes.Length) + frame.Bytes.Length;
        return length;
    }

    // By hand: a CBOR writer grows, and would leave copies of the key behind.
    private static void Write(Span<byte> into, Attestation a, ReadOnlySpan<byte> baseKey, List<AttestedFrame> frames)
    {
        var at = 0;
        WriteHead(into, ref at, 4, 5);
        WriteBytes(into, ref at, baseKey);
        WriteBytes(into, ref at, a.Leaf.Span);
        WriteHead(into, ref at, 0, a.LeafIndex);
        WriteHead(into, ref at, 4, (ulong)a.Proof.Count);
        foreach (var hash in a.Proof)
            WriteBytes(into, ref at, hash);
        WriteHead(into, ref at, 4, (ulong)frames.Count);
        foreach (var frame in frames)
        {
            if (!frame.IsPresent)
                WriteHead(into, ref at, 4, 1);
            WriteBytes(into, ref at, frame.Bytes.Span);
        }
    }

    private static void WriteBytes(Span<byte> into, ref int at, ReadOnlySpan<byte> bytes)
    {
        WriteHead(into, ref at, 2, (ulong)bytes.Length);
        bytes.CopyTo(into[at..]);
        at += bytes.Length;
    }

    private static void WriteHead(Span<byte> into, ref int at, int major, ulong value)
    {
        var head = Head(value);
        into[at] = (byte)(major << 5);
        switch (head)
        {
            case 1:
                into[at] |= (byte)value;
                break;
            case 2:
                into[at] |= 24;
                into[at + 1] = (byte)value;
                break;
            case 3:
                into[at] |= 25;
                BinaryPrimitives.WriteUInt16BigEndian(into[(at + 1)..], (ushort)value);
                break;
            case 5:
                into[at] |= 26;
                BinaryPrimitives.WriteUInt32BigEndian(into[(at + 1)..], (uint)value);
                break;
            default:
                into[at] |= 27;
                BinaryPrimitives.WriteUInt64BigEndian(into[(at + 1)..], value);
                break;
        }
        at += head;
    }

    private static int Head(long value) => Head((ulong)value);

    private static int Head(ulong value) =>
        value switch
        {
            < 24 => 1,
            <= byte.MaxValue => 2,
            <= ushort.MaxValue => 3,
            <= uint.MaxValue => 5,
            _ => 9,
        };
}
