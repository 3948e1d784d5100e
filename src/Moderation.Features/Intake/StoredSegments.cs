// Takes the sealed bytes of an ended report away: the rows first, then the blobs that nobody else needs.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Reports;
using Moderation.Features.Storage;

namespace Moderation.Features.Intake;

internal static class StoredSegments
{
    /// <summary>Marks every segment as not stored; the caller saves.</summary>
    /// <returns>The hashes to drop after the commit.</returns>
    public static async Task<IReadOnlyList<byte[]>> ForgetAsync(ModerationDb db, ReportId id, CancellationToken ct)
    {
        var segments = await db.ReportSegments.Where(s => s.ReportId == id && s.StoredAt != null).ToListAsync(ct);
        segments.ForEach(s => s.StoredAt = null);
        return [.. segments.Select(s => s.CiphertextHash)];
    }

    /// <summary>After the commit: a kill in between leaves a blob without a row, which is garbage, and never the reverse.</summary>
    public static async Task DropAsync(
        ModerationDb db,
        IBlobStore blobs,
        IReadOnlyList<byte[]> hashes,
        CancellationToken ct
    )
    {
        foreach (var hash in hashes)
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            await BlobLock.TakeAsync(db, hash, ct);
            if (!await db.ReportSegments.AnyAsync(s => s.CiphertextHash == hash && s.StoredAt != null, ct))
                await blobs.DeleteAsync(hash, ct);
            await work.CommitAsync(ct);
        }
    }
}
