// The two shares and the content key of one opening, in guarded, locked memory that nothing can read while the custodian is asked.
using System.Security.Cryptography;
using Geralt;
using Moderation.Evidence;

namespace Moderation.Vault.Opening;

/// <summary>Three values of 32 bytes in one page of libsodium's, erased by Dispose. For one thread at a time.</summary>
internal sealed class OpeningSecrets : IDisposable
{
    private const int Length = 32;
    private readonly GuardedHeapAllocation page = new(3 * Length);

    /// <summary>Takes the vault's share out of the caller's array, and shuts the page until the other one is here.</summary>
    internal void TakeOwn(byte[] share)
    {
        Take(share, 0);
        page.NoAccess();
    }

    /// <summary>Takes the custodian's share out of the caller's array.</summary>
    internal void TakeTheirs(byte[] share)
    {
        page.ReadWrite();
        Take(share, 1);
    }

    /// <summary>V7.</summary>
    internal EvidenceRefusal? Combine(Manifest manifest) => SegmentKeys.Combine(Slot(0), Slot(1), manifest, Slot(2));

    /// <summary>A segment's key; the caller erases it.</summary>
    internal byte[] SegmentKey(ReadOnlySpan<byte> bundleId, uint index) =>
        SegmentKeys.SegmentKey(Slot(2), bundleId, index);

    // libsodium overwrites the page before it gives it back.
    public void Dispose() => page.Dispose();

    private void Take(byte[] share, int slot)
    {
        share.CopyTo(Slot(slot));
        CryptographicOperations.ZeroMemory(share);
    }

    private Span<byte> Slot(int slot) => page.AsSpan().Slice(slot * Length, Length);
}
