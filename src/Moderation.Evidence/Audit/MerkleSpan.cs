// Which stretches of a tree a proof is made of, and how the hash of a stretch comes from perfect subtrees.
namespace Moderation.Evidence.Audit;

/// <summary>A perfect subtree: 2^Height leaves, the Index-th of its height.</summary>
public readonly record struct MerkleNode(int Height, ulong Index);

/// <summary>The leaves from Start up to, not including, End; a subtree of some RFC 9162 tree.</summary>
public readonly record struct MerkleSpan(ulong Start, ulong End)
{
    /// <summary>What an inclusion proof holds (RFC 9162 section 2.1.3.1), from the leaf upwards.</summary>
    /// <param name="index">Less than <paramref name="size"/>.</param>
    public static IReadOnlyList<MerkleSpan> OfInclusion(ulong index, ulong size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var spans = new List<MerkleSpan>();
        var (start, end) = (0UL, size);
        while (end - start > 1)
        {
            var middle = start + SplitOf(end - start);
            if (index < middle)
            {
                spans.Add(new MerkleSpan(middle, end));
                end = middle;
            }
            else
            {
                spans.Add(new MerkleSpan(start, middle));
                start = middle;
            }
        }
        spans.Reverse();
        return spans;
    }

    /// <summary>What a consistency proof holds (RFC 9162 section 2.1.4.1).</summary>
    /// <param name="first">1 .. <paramref name="second"/>.</param>
    public static IReadOnlyList<MerkleSpan> OfConsistency(ulong first, ulong second)
    {
        ArgumentOutOfRangeException.ThrowIfZero(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, second);
        var spans = new List<MerkleSpan>();
        var (start, end) = (0UL, second);
        while (first != end)
        {
            var middle = start + SplitOf(end - start);
            if (first <= middle)
            {
                spans.Add(new MerkleSpan(middle, end));
                end = middle;
            }
            else
            {
                spans.Add(new MerkleSpan(start, middle));
                start = middle;
            }
        }
        if (start > 0)
            spans.Add(new MerkleSpan(start, end));
        spans.Reverse();
        return spans;
    }

    /// <summary>The perfect subtrees it falls into, left to right, each as large as can be.</summary>
    public IEnumerable<MerkleNode> Nodes()
    {
        var at = Start;
        while (at < End)
        {
            var height = (int)ulong.Log2(End - at);
            yield return new MerkleNode(height, at >> height);
            at += 1UL << height;
        }
    }

    /// <summary>Its hash, from those of its perfect subtrees.</summary>
    public byte[] Hash(Func<MerkleNode, byte[]> hashOf)
    {
        var nodes = Nodes().Select(hashOf).ToList();
        var hash = nodes[^1];
        for (var i = nodes.Count - 2; i >= 0; i--)
            hash = MerkleTree.NodeHash(nodes[i], hash);
        return hash;
    }

    // The largest power of two smaller than n.
    private static ulong SplitOf(ulong n) => 1UL << (int)ulong.Log2(n - 1);
}
