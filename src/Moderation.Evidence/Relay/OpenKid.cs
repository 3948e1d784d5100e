// One KID while its frames come in: a hash for each frame, never the frame itself.
using System.Security.Cryptography;

namespace Moderation.Evidence.Relay;

internal sealed class OpenKid(StreamKid id, byte[] commitment, ulong startedMs)
{
    private const int Hash = 32;
    private byte[] _hashes = new byte[16 * Hash];

    public StreamKid Id { get; } = id;
    public int Frames { get; private set; }
    public ulong Bytes { get; private set; }

    /// <summary>ms on the meeting clock.</summary>
    public ulong LastMs { get; private set; } = startedMs;

    public bool IsFull => Frames == EvidenceLimits.Frames;

    public void Append(ReadOnlySpan<byte> frame, ulong nowMs)
    {
        if (Frames * Hash == _hashes.Length)
            Array.Resize(ref _hashes, _hashes.Length * 2);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(frame);
        hash.GetHashAndReset(_hashes.AsSpan(Frames * Hash));
        Frames++;
        Bytes += (ulong)frame.Length;
        LastMs = nowMs;
    }

    /// <summary>What the relay will state of it; null when no frame came, for such a leaf has no form.</summary>
    public ClosedKid? Close(ulong closedMs)
    {
        if (Frames == 0)
            return null;
        var hashes = new byte[Frames][];
        for (var i = 0; i < Frames; i++)
            hashes[i] = _hashes.AsSpan(i * Hash, Hash).ToArray();
        var leaf = new StreamLeaf(
            Id.Participant,
            Id.Stream,
            Id.Kid,
            commitment,
            (ulong)Frames,
            Bytes,
            MerkleTree.RootOfHashes(hashes)
        );
        return new ClosedKid(Id, leaf.Encode(), _hashes[..(Frames * Hash)], closedMs);
    }
}

/// <param name="Leaf">The encoded stream leaf.</param>
/// <param name="Hashes">The frame hashes, one after the other.</param>
internal sealed record ClosedKid(StreamKid Id, byte[] Leaf, byte[] Hashes, ulong ClosedMs)
{
    // What one entry costs besides its bytes: two objects, its row in the look-up, its place in the tree.
    private const int Overhead = 320;

    public long Size => Leaf.Length + Hashes.Length + Overhead;

    public byte[][] HashList() =>
        [.. Enumerable.Range(0, Hashes.Length / 32).Select(i => Hashes.AsSpan(i * 32, 32).ToArray())];
}
