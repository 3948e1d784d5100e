// The keys of buffered units: guarded, locked memory of libsodium, allocated once (evidence-bundle.md 22).
using System.Security.Cryptography;
using Geralt;

namespace Moderation.Sdk.Ring;

/// <summary>Not safe for two threads by itself; the ring's lock guards taking and erasing.</summary>
internal sealed class KeySlots : IDisposable
{
    private const int KeyLength = 32;

    // A guarded allocation is one page with a canary at its end; guard pages stand on both sides.
    private const int KeysPerPage = 127;
    private readonly GuardedHeapAllocation[] _pages;
    private readonly Lock _asking = new();
    private readonly int[] _free;
    private int _freeCount;

    public KeySlots(int least)
    {
        _pages = new GuardedHeapAllocation[(least + KeysPerPage - 1) / KeysPerPage];
        for (var i = 0; i < _pages.Length; i++)
        {
            _pages[i] = new GuardedHeapAllocation(KeysPerPage * KeyLength);
            // libsodium hands out pages filled with a pattern; a slot that holds no key is zeros from the start.
            _pages[i].AsSpan().Clear();
        }
        _free = new int[_pages.Length * KeysPerPage];
        for (var i = 0; i < _free.Length; i++)
            _free[i] = _free.Length - 1 - i;
        _freeCount = _free.Length;
    }

    public int Free => _freeCount;

    public int Count => _free.Length;

    /// <summary>The 32 bytes of a slot; zeros once erased.</summary>
    public Span<byte> this[int slot]
    {
        get
        {
            // Sealing reads from several threads, and a guarded page throws when two ask for its span at one moment.
            lock (_asking)
                return _pages[slot / KeysPerPage].AsSpan().Slice(slot % KeysPerPage * KeyLength, KeyLength);
        }
    }

    /// <summary>A slot with a fresh random key.</summary>
    public int TakeRandom()
    {
        var slot = _free[--_freeCount];
        RandomNumberGenerator.Fill(this[slot]);
        return slot;
    }

    /// <summary>A slot with a copy of a key that came from elsewhere.</summary>
    public int Take(ReadOnlySpan<byte> key)
    {
        var slot = _free[--_freeCount];
        key.CopyTo(this[slot]);
        return slot;
    }

    public void Erase(int slot)
    {
        CryptographicOperations.ZeroMemory(this[slot]);
        _free[_freeCount++] = slot;
    }

    public void Dispose()
    {
        foreach (var page in _pages)
            page.Dispose();
    }
}
