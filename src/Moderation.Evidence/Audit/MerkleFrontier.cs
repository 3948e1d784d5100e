// The right edge of a growing RFC 9162 tree: all that is needed to append to it and to tell its root.
namespace Moderation.Evidence.Audit;

/// <summary>Roots of the perfect subtrees that a tree falls into, largest first; at most 64.</summary>
public sealed class MerkleFrontier
{
    private readonly List<byte[]> peaks = [];

    /// <summary>Number of leaves.</summary>
    public ulong Size { get; private set; }

    /// <summary>The frontier of a tree of <paramref name="size"/> leaves, from what <see cref="Encode"/> gave.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes for each bit that is set in the size.</exception>
    public static MerkleFrontier Read(ulong size, ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length != 32 * (int)ulong.PopCount(size))
            throw new ArgumentException("Not the frontier of a tree of that size.", nameof(encoded));
        var frontier = new MerkleFrontier { Size = size };
        for (var at = 0; at < encoded.Length; at += 32)
            frontier.peaks.Add(encoded.Slice(at, 32).ToArray());
        return frontier;
    }

    /// <summary>The roots, one after the other.</summary>
    public byte[] Encode() => [.. peaks.SelectMany(peak => peak)];

    /// <summary>Adds a leaf.</summary>
    /// <param name="leafHash">SHA-256(00 || entry).</param>
    /// <param name="completed">Told of each perfect subtree that this leaf completes: height from 1, index at that height, hash.</param>
    public void Append(byte[] leafHash, Action<int, ulong, byte[]>? completed = null)
    {
        peaks.Add(leafHash);
        var height = 0;
        for (var index = Size; (index & 1) == 1; index >>= 1)
        {
            var node = MerkleTree.NodeHash(peaks[^2], peaks[^1]);
            peaks.RemoveRange(peaks.Count - 2, 2);
            peaks.Add(node);
            completed?.Invoke(++height, index >> 1, node);
        }
        Size++;
    }

    /// <summary>The tree's root.</summary>
    /// <exception cref="InvalidOperationException">No tree here is empty.</exception>
    public byte[] Root()
    {
        if (peaks.Count == 0)
            throw new InvalidOperationException("No tree here is empty.");
        var root = peaks[^1];
        for (var i = peaks.Count - 2; i >= 0; i--)
            root = MerkleTree.NodeHash(peaks[i], root);
        return root;
    }
}
