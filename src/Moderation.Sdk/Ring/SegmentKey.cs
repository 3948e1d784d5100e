// The key of one buffered unit: pinned while it lives, so that erasing it leaves no copy behind.
using System.Security.Cryptography;

namespace Moderation.Sdk.Ring;

internal sealed class SegmentKey : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(32, pinned: true);

    public SegmentKey() => RandomNumberGenerator.Fill(_bytes);

    public ReadOnlySpan<byte> Bytes => IsErased ? throw new InvalidOperationException("The key is erased.") : _bytes;

    public bool IsErased { get; private set; }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        IsErased = true;
    }
}
