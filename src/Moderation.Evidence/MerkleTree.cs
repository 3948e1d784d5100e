// The RFC 9162 tree over descriptors, stream leaves and frames (section 10).
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>SHA-256 Merkle tree of RFC 9162 section 2.1.</summary>
public static class MerkleTree
{
    /// <summary>SHA-256(00 || data).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> data) => Hash(0, data, []);

    /// <summary>Root over leaf data.</summary>
    /// <exception cref="ArgumentException">No tree here is empty.</exception>
    public static byte[] Root(IReadOnlyList<ReadOnlyMemory<byte>> leaves) => RootOfHashes(HashesOf(leaves));

    /// <summary>Root over leaf hashes, as over the frames of section 12.2.</summary>
    /// <exception cref="ArgumentException">No tree here is empty.</exception>
    public static byte[] RootOfHashes(IReadOnlyList<byte[]> hashes)
    {
        if (hashes.Count == 0)
            throw new ArgumentException("No tree here is empty.", nameof(hashes));
        // Pairing neighbours level by level, an odd last node moving up unchanged, gives the split at the largest power
        // of two and needs one array.
        var level = hashes.ToArray();
        var count = level.Length;
        while (count > 1)
        {
            var next = 0;
            for (var i = 0; i < count; i += 2)
                level[next++] = i + 1 < count ? NodeHash(level[i], level[i + 1]) : level[i];
            count = next;
        }
        return level[0];
    }

    /// <summary>Inclusion proof of one leaf: the sibling hashes from the leaf upwards.</summary>
    public static byte[][] Proof(IReadOnlyList<ReadOnlyMemory<byte>> leaves, int index) =>
        ProofOfHashes(HashesOf(leaves), index);

    /// <summary>Inclusion proof of one leaf hash.</summary>
    public static byte[][] ProofOfHashes(IReadOnlyList<byte[]> hashes, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, hashes.Count);
        var proof = new List<byte[]>();
        var level = hashes.ToArray();
        while (level.Length > 1)
        {
            var sibling = index ^ 1;
            if (sibling < level.Length)
                proof.Add(level[sibling]);
            level = [.. level.Chunk(2).Select(pair => pair.Length == 2 ? NodeHash(pair[0], pair[1]) : pair[0])];
            index /= 2;
        }
        return [.. proof];
    }

    /// <summary>RFC 9162 section 2.1.3.2; a surplus or a missing hash fails.</summary>
    public static bool Includes(
        ReadOnlySpan<byte> root,
        ulong size,
        ulong index,
        ReadOnlySpan<byte> leafHash,
        IReadOnlyList<byte[]> proof
    )
    {
        if (index >= size)
            return false;
        var (fn, sn) = (index, size - 1);
        var hash = leafHash.ToArray();
        foreach (var sibling in proof)
        {
            if (sn == 0)
                return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                hash = NodeHash(sibling, hash);
                while ((fn & 1) == 0 && fn != 0)
                    (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                hash = NodeHash(hash, sibling);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && CryptographicOperations.FixedTimeEquals(hash, root);
    }

    /// <summary>RFC 9162 section 2.1.4.2: the larger tree begins with the leaves of the smaller one.</summary>
    /// <param name="first">Leaves of the smaller tree, at least 1.</param>
    /// <param name="second">Leaves of the larger tree.</param>
    /// <param name="firstRoot">Root of the smaller tree.</param>
    /// <param name="secondRoot">Root of the larger tree.</param>
    /// <param name="proof">Empty for equal sizes; a surplus or a missing hash fails.</param>
    public static bool IsConsistent(
        ulong first,
        ulong second,
        ReadOnlySpan<byte> firstRoot,
        ReadOnlySpan<byte> secondRoot,
        IReadOnlyList<byte[]> proof
    )
    {
        if (first == 0 || first > second)
            return false;
        if (first == second)
            return proof.Count == 0 && firstRoot.SequenceEqual(secondRoot);
        var (fn, sn) = (first - 1, second - 1);
        while ((fn & 1) == 1)
            (fn, sn) = (fn >> 1, sn >> 1);
        var next = 0;
        // A smaller tree that is perfect is itself the first node; it is not sent.
        byte[] start;
        if (ulong.IsPow2(first))
            start = firstRoot.ToArray();
        else if (proof.Count > 0)
            start = proof[next++];
        else
            return false;
        var (fr, sr) = (start, start);
        for (; next < proof.Count; next++)
        {
            if (sn == 0)
                return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                (fr, sr) = (NodeHash(proof[next], fr), NodeHash(proof[next], sr));
                while ((fn & 1) == 0 && fn != 0)
                    (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                sr = NodeHash(sr, proof[next]);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && firstRoot.SequenceEqual(fr) && secondRoot.SequenceEqual(sr);
    }

    private static byte[][] HashesOf(IReadOnlyList<ReadOnlyMemory<byte>> leaves) =>
        [.. leaves.Select(leaf => LeafHash(leaf.Span))];

    internal static byte[] NodeHash(byte[] left, byte[] right) => Hash(1, left, right);

    private static byte[] Hash(byte prefix, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        // Nodes and descriptors fit the stack; frames go through the incremental hash.
        if (first.Length + second.Length < EvidenceLimits.Descriptor)
        {
            Span<byte> input = stackalloc byte[1 + first.Length + second.Length];
            input[0] = prefix;
            first.CopyTo(input[1..]);
            second.CopyTo(input[(1 + first.Length)..]);
            return SHA256.HashData(input);
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([prefix]);
        hash.AppendData(first);
        hash.AppendData(second);
        return hash.GetHashAndReset();
    }
}
