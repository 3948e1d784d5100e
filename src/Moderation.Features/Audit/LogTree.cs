// Reads hashes of the log's tree for proofs: a few range reads, whatever the size of the log.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Evidence.Audit;

namespace Moderation.Features.Audit;

public sealed class LogTree(ModerationDb db)
{
    /// <summary>Nodes are kept at every so many heights; those between come from at most 2^Step of the height below.</summary>
    public const int Step = 8;

    public async Task<IReadOnlyList<byte[]>> IncludeAsync(long index, long size, CancellationToken ct) =>
        await HashAsync(MerkleSpan.OfInclusion((ulong)index, (ulong)size), ct);

    public async Task<IReadOnlyList<byte[]>> ConnectAsync(long first, long second, CancellationToken ct) =>
        await HashAsync(MerkleSpan.OfConsistency((ulong)first, (ulong)second), ct);

    private async Task<IReadOnlyList<byte[]>> HashAsync(IReadOnlyList<MerkleSpan> spans, CancellationToken ct)
    {
        var kept = new Dictionary<MerkleNode, byte[]>();
        var wanted = spans.SelectMany(span => span.Nodes()).SelectMany(KeptBelow).Distinct();
        foreach (var level in wanted.GroupBy(node => node.Height))
        {
            var indices = level.Select(node => (long)node.Index).ToArray();
            var rows =
                level.Key == 0
                    ? await db
                        .AuditLeaves.Where(leaf => indices.Contains(leaf.Index))
                        .Select(leaf => new { leaf.Index, Hash = leaf.LeafHash })
                        .ToListAsync(ct)
                    : await db
                        .AuditNodes.Where(node => node.Height == level.Key && indices.Contains(node.Index))
                        .Select(node => new { node.Index, node.Hash })
                        .ToListAsync(ct);
            foreach (var row in rows)
                kept[new MerkleNode(level.Key, (ulong)row.Index)] = row.Hash;
        }
        return [.. spans.Select(span => span.Hash(HashOf))];

        byte[] HashOf(MerkleNode node)
        {
            var tree = new MerkleFrontier();
            foreach (var below in KeptBelow(node))
                tree.Append(kept[below]);
            return tree.Root();
        }
    }

    private static IEnumerable<MerkleNode> KeptBelow(MerkleNode node)
    {
        var above = node.Height % Step;
        var first = node.Index << above;
        for (var i = 0UL; i < 1UL << above; i++)
            yield return new MerkleNode(node.Height - above, first + i);
    }
}
