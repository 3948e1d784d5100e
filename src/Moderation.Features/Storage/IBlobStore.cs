// What every place for sealed bytes can do: content-addressed by SHA-256, durable when it says so, whether folder or S3.
using Moderation.Domain;

namespace Moderation.Features.Storage;

/// <summary>Sealed bytes under their SHA-256. A blob without a row is garbage; a row without a blob is an alarm. A body is never
/// held in memory as a whole, and nothing is visible under a hash that the bytes do not have.</summary>
public interface IBlobStore
{
    /// <summary>Takes a body in and hashes it on the way. When it returns true the bytes lie durably under
    /// <paramref name="hash"/>; a repeat, also at the same time, stores them once.</summary>
    /// <returns>False when the body has another hash or another length; then nothing is visible.</returns>
    /// <exception cref="BlobStoreFullException">There is no room left.</exception>
    Task<bool> StoreAsync(byte[] hash, long length, Stream body, CancellationToken ct);

    /// <summary>The bytes with this hash, unchecked; the caller closes the stream.</summary>
    /// <exception cref="BlobMissingException">They are not here.</exception>
    Task<Stream> OpenReadAsync(byte[] hash, CancellationToken ct);

    Task<bool> ExistsAsync(byte[] hash, CancellationToken ct);

    /// <summary>Removes a blob, durably; one that is gone already is no error.</summary>
    Task DeleteAsync(byte[] hash, CancellationToken ct);

    /// <summary>Every blob in the order of its hash, from the one after <paramref name="after"/> on.</summary>
    IAsyncEnumerable<StoredBlob> ListAsync(byte[]? after, CancellationToken ct);

    /// <summary>Removes what uploads that were cut off before this time have left behind.</summary>
    Task SweepAsync(DateTimeOffset before, CancellationToken ct);

    /// <summary>What is wrong with the store as a whole, in a word or two for readiness; null when nothing is.</summary>
    Task<string?> FindTroubleAsync(CancellationToken ct);
}

public sealed record StoredBlob(byte[] Hash, long Length, DateTimeOffset StoredAt);

/// <summary>A row names a blob that is not there.</summary>
public sealed class BlobMissingException(byte[] hash, Exception? cause = null)
    : IOException("A blob is missing.", cause)
{
    public byte[] Hash { get; } = hash;
}

public sealed class BlobStoreFullException(Exception cause) : IOException("The blob store is full.", cause);

public static class StorageRefusals
{
    /// <summary>Nothing was acknowledged; the client repeats the PUT later.</summary>
    public static Refusal Full { get; } =
        new(RefusalKind.Unavailable, "storage.full", "There is no room for evidence now; send it again later.");

    /// <summary>The same bytes were being deleted for another report.</summary>
    public static Refusal Crossed { get; } =
        new(RefusalKind.Unavailable, "storage.crossed", "The bytes crossed with a deletion; send them again.");

    /// <summary>A segment that was acknowledged is not in the store.</summary>
    public static Refusal SegmentMissing { get; } =
        new(
            RefusalKind.NotFound,
            "report.segment-missing",
            "The sealed bytes of this segment are missing from the store."
        );
}
