// Pinned memory for plaintext on its way into a segment; zeroed when it is given back.
using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>Rented, never moved by the collector, zeroed by Dispose. A handful of buffers of a segment's length is kept.</summary>
public sealed class SecretMemory : IMemoryOwner<byte>
{
    private const int Kept = 4;
    private static readonly ConcurrentBag<byte[]> Pool = [];
    private readonly int _length;
    private byte[]? _array;

    private SecretMemory(byte[] array, int length) => (_array, _length) = (array, length);

    /// <summary>The bytes; of exactly the length asked for.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public Memory<byte> Memory =>
        (_array ?? throw new ObjectDisposedException(nameof(SecretMemory))).AsMemory(0, _length);

    /// <summary>Memory of so many bytes; not zeroed when rented.</summary>
    public static SecretMemory Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length <= EvidenceLimits.SegmentPlaintext && Pool.TryTake(out var kept))
            return new SecretMemory(kept, length);
        var size = Math.Max(length, EvidenceLimits.SegmentPlaintext);
        return new SecretMemory(GC.AllocateUninitializedArray<byte>(size, pinned: true), length);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is not { } array)
            return;
        CryptographicOperations.ZeroMemory(array.AsSpan(0, _length));
        if (array.Length == EvidenceLimits.SegmentPlaintext && Pool.Count < Kept)
            Pool.Add(array);
    }
}
