// Removes blobs that no row names, once they are old enough that no upload can be about to name them.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Data;

namespace Moderation.Features.Storage;

/// <summary>Setting: `Storage:OrphanGraceHours` (24).</summary>
public sealed class CollectOrphans(ModerationDb db, IBlobStore blobs, IConfiguration configuration, TimeProvider clock)
{
    /// <summary>Safe to run twice, in several processes and while uploads come in: row and blob are looked at under the lock
    /// that an upload holds when it names the blob.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var grace = TimeSpan.FromHours(configuration.GetValue("Storage:OrphanGraceHours", 24.0));
        var before = clock.GetUtcNow() - grace;
        var removed = 0;
        await foreach (var blob in blobs.ListAsync(null, ct))
            if (blob.StoredAt < before && !await IsNamedAsync(blob.Hash, ct))
                removed += await RemoveAsync(blob.Hash, ct) ? 1 : 0;
        return removed;
    }

    private Task<bool> IsNamedAsync(byte[] hash, CancellationToken ct) =>
        db.ReportSegments.AnyAsync(s => s.CiphertextHash == hash && s.StoredAt != null, ct);

    private async Task<bool> RemoveAsync(byte[] hash, CancellationToken ct)
    {
        await using var work = await db.Database.BeginTransactionAsync(ct);
        await BlobLock.TakeAsync(db, hash, ct);
        if (await IsNamedAsync(hash, ct))
            return false;
        await blobs.DeleteAsync(hash, ct);
        await work.CommitAsync(ct);
        return true;
    }
}
