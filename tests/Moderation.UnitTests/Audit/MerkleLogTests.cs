// The growing tree: proofs against the plain definition of RFC 9162 and the shared vectors, for every pair of small sizes.
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Audit;
using Moderation.UnitTests.Evidence;

namespace Moderation.UnitTests.Audit;

public sealed class MerkleLogTests
{
    private const int Most = 64;
    private static readonly byte[][] _leaves =
    [
        .. Enumerable.Range(0, Most).Select(i => MerkleTree.LeafHash([(byte)i, 7])),
    ];

    [Fact]
    public void The_frontier_gives_the_root_of_the_whole_tree_at_every_size()
    {
        var tree = new MerkleFrontier();
        for (var size = 1; size <= Most; size++)
        {
            tree.Append(_leaves[size - 1]);
            // Also after it was put away and taken up again, as the database does.
            tree = MerkleFrontier.Read(tree.Size, tree.Encode());
            tree.Root().ShouldBe(RootOf(size));
        }
    }

    [Fact]
    public void Inclusion_proofs_by_stretches_are_those_of_the_definition_and_hold()
    {
        for (var size = 1; size <= Most; size++)
        for (var index = 0; index < size; index++)
        {
            var proof = Hashes(MerkleSpan.OfInclusion((ulong)index, (ulong)size));
            proof.ShouldBe(MerkleTree.ProofOfHashes(_leaves[..size], index));
            MerkleTree.Includes(RootOf(size), (ulong)size, (ulong)index, _leaves[index], proof).ShouldBeTrue();
        }
    }

    [Fact]
    public void Consistency_holds_for_every_pair_of_sizes_and_for_no_changed_one()
    {
        for (var second = 1; second <= Most; second++)
        for (var first = 1; first <= second; first++)
        {
            var proof = Hashes(MerkleSpan.OfConsistency((ulong)first, (ulong)second));
            Check(first, second, RootOf(first), RootOf(second), proof).ShouldBeTrue($"{first} in {second}");

            var other = Flip(RootOf(first));
            Check(first, second, other, RootOf(second), proof).ShouldBeFalse($"{first} in {second}, other first root");
            Check(first, second, RootOf(first), Flip(RootOf(second)), proof).ShouldBeFalse();
            Check(first, second, RootOf(first), RootOf(second), [.. proof, _leaves[0]]).ShouldBeFalse("a surplus hash");
            if (proof.Length > 0)
                Check(first, second, RootOf(first), RootOf(second), proof[..^1]).ShouldBeFalse("a missing hash");
            for (var i = 0; i < proof.Length; i++)
            {
                byte[][] changed = [.. proof];
                changed[i] = Flip(changed[i]);
                Check(first, second, RootOf(first), RootOf(second), changed).ShouldBeFalse($"hash {i} changed");
            }
            // The other way round, and with a wrong size.
            if (first < second)
                Check(second, first, RootOf(second), RootOf(first), proof).ShouldBeFalse("backwards");
        }
    }

    [Fact]
    public void Shared_trees_give_their_roots_and_proofs_by_the_frontier_too()
    {
        foreach (var vector in Vectors.Json("evb1/merkle.json").GetProperty("trees").EnumerateArray())
        {
            var leaves = vector.HexList("leaves").Select(leaf => MerkleTree.LeafHash(leaf)).ToArray();
            var tree = new MerkleFrontier();
            foreach (var leaf in leaves)
                tree.Append(leaf);
            tree.Root().ShouldBe(vector.Hex("root"));
            var proofs = vector.GetProperty("proofs").EnumerateArray().ToArray();
            for (var i = 0; i < leaves.Length; i++)
                Hashes(MerkleSpan.OfInclusion((ulong)i, (ulong)leaves.Length), leaves).ShouldBe(HexesOf(proofs[i]));
        }
    }

    private static bool Check(int first, int second, byte[] firstRoot, byte[] secondRoot, byte[][] proof) =>
        MerkleTree.IsConsistent((ulong)first, (ulong)second, firstRoot, secondRoot, proof);

    private static byte[] RootOf(int size) => MerkleTree.RootOfHashes(_leaves[..size]);

    private static byte[][] Hashes(IReadOnlyList<MerkleSpan> spans, byte[][]? leaves = null) =>
        [
            .. spans.Select(span =>
                span.Hash(node =>
                    MerkleTree.RootOfHashes(
                        (leaves ?? _leaves)[(int)(node.Index << node.Height)..(int)((node.Index + 1) << node.Height)]
                    )
                )
            ),
        ];

    private static byte[][] HexesOf(JsonElement list) =>
        [.. list.EnumerateArray().Select(item => Convert.FromHexString(item.GetString()!))];

    private static byte[] Flip(byte[] hash)
    {
        byte[] changed = [.. hash];
        changed[5] ^= 1;
        return changed;
    }
}
