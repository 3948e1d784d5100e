// The ring's memory: fixed blocks, allocated once, so that a long meeting cannot make it grow (evidence-bundle.md 22).
namespace Moderation.Sdk.Ring;

/// <summary>Not safe for two threads by itself; the ring's lock guards taking and returning.</summary>
internal sealed class BlockStore
{
    public const int BlockLength = 8 * 1024;

    // Pinned, so that the collector never leaves a second copy behind; pages that were never written cost nothing.
    private readonly byte[] _memory;
    private readonly int[] _free;

    public BlockStore(int blocks)
    {
        _memory = GC.AllocateUninitializedArray<byte>(blocks * BlockLength, pinned: true);
        _free = new int[blocks];
        for (var i = 0; i < blocks; i++)
            _free[i] = blocks - 1 - i;
        Free = blocks;
    }

    public int Blocks => _free.Length;

    public int Free { get; private set; }

    public Span<byte> this[int block] => _memory.AsSpan(block * BlockLength, BlockLength);

    // Last returned, first taken: what was touched once is touched again, and the spare half stays untouched.
    public int Take() => _free[--Free];

    public void Return(ReadOnlySpan<int> blocks)
    {
        foreach (var block in blocks)
        {
            this[block].Clear();
            _free[Free++] = block;
        }
    }
}
