// Ends uploads that were not finished within 24 hours: segments go, manifest and filing stay (triage.md 2.2).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain.Reports;
using Moderation.Features.Storage;

namespace Moderation.Features.Intake;

public sealed class ExpireUploads(ModerationDb db, BlobFolder blobs, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private const int Batch = 100;

    /// <summary>Safe to run twice and in several processes.</summary>
    /// <returns>How many uploads were ended.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Life;
        var late = await db
            .Reports.AsNoTracking()
            .Where(r => r.State == ReportState.Uploading && r.FiledAt < before)
            .OrderBy(r => r.FiledAt)
            .Select(r => r.Id)
            .Take(Batch)
            .ToListAsync(ct);
        var ended = 0;
        foreach (var id in late)
            ended += await ExpireAsync(id, ct) ? 1 : 0;
        // Whoever answers one of these now is told "unknown" instead of "expired"; either way it is refused.
        await db.Challenges.Where(c => c.ExpiresAt < before).ExecuteDeleteAsync(ct);
        blobs.SweepIncoming(before);
        return ended;
    }

    private async Task<bool> ExpireAsync(ReportId id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        List<byte[]> stored;
        await using (var work = await db.Database.BeginTransactionAsync(ct))
        {
            var rows = await db
                .Reports.FromSql($"select *, xmin from reports where id = {id.Value} for update skip locked")
                .AsTracking()
                .ToListAsync(ct);
            if (rows is not [var report] || report.Make(ReportMove.Expire).Refusal is not null)
                return false;
            var segments = await db.ReportSegments.Where(s => s.ReportId == id && s.StoredAt != null).ToListAsync(ct);
            stored = [.. segments.Select(s => s.CiphertextHash)];
            segments.ForEach(s => s.StoredAt = null);
            await SayAsync(id, ct);
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
        }
        // After the commit: a kill in between leaves a blob without a row, which is garbage, and never the reverse.
        foreach (var hash in stored)
            await DropAsync(hash, ct);
        return true;
    }

    private async Task SayAsync(ReportId id, CancellationToken ct)
    {
        var cases = await ReportRows.CasesAsync(db, id, ct);
        var said = db.Say(
            ReportExpired.Kind,
            new ReportExpired(id.ToString(), [.. cases.Select(c => c.ToString())]),
            clock.GetUtcNow()
        );
        said.Actor = "system:expire-uploads";
        said.CaseId = cases is [var only] ? only.Value : null;
    }

    private async Task DropAsync(byte[] hash, CancellationToken ct)
    {
        await using var work = await db.Database.BeginTransactionAsync(ct);
        await BlobLock.TakeAsync(db, hash, ct);
        if (!await db.ReportSegments.AnyAsync(s => s.CiphertextHash == hash && s.StoredAt != null, ct))
            blobs.Delete(hash);
        await work.CommitAsync(ct);
    }
}
