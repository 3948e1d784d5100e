// Ends uploads that were not finished within 24 hours: segments go, manifest and filing stay (triage.md 2.2).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain.Reports;
using Moderation.Features.Storage;

namespace Moderation.Features.Intake;

public sealed class ExpireUploads(ModerationDb db, IBlobStore blobs, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private const int Batch = 100;
    private const string Actor = "system:expire-uploads";

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
        await blobs.SweepAsync(before, ct);
        return ended;
    }

    private async Task<bool> ExpireAsync(ReportId id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        IReadOnlyList<byte[]> stored;
        await using (var work = await db.Database.BeginTransactionAsync(ct))
        {
            var rows = await db
                .Reports.FromSql($"select *, xmin from reports where id = {id.Value} for update skip locked")
                .AsTracking()
                .ToListAsync(ct);
            if (rows is not [var report] || report.Make(ReportMove.Expire).Refusal is not null)
                return false;
            var now = clock.GetUtcNow();
            report.EndedAt = now;
            stored = await StoredSegments.ForgetAsync(db, id, ct);
            await db.SaveChangesAsync(ct);
            var cases = await EndedReports.LockCasesAsync(db, id, ct);
            await EndedReports.TellAsync(db, report, cases, Actor, now, ct);
            db.Say(ReportExpired.Kind, new ReportExpired(id.ToString(), EndedReports.Names(cases)), now).Actor = Actor;
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
        }
        await StoredSegments.DropAsync(db, blobs, stored, ct);
        return true;
    }
}
