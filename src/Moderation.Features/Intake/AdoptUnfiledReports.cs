// Brings bundles that nobody filed within ten minutes into triage, with the meeting as their subject (triage.md 2.1).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Reports;

namespace Moderation.Features.Intake;

public sealed class AdoptUnfiledReports(ModerationDb db, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private const int Batch = 100;
    private const string Actor = "system:adopt-unfiled-reports";

    /// <summary>Safe to run twice and in several processes: each report is locked and looked at again.</summary>
    /// <returns>How many were brought in.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var before = clock.GetUtcNow() - Patience;
        var waiting = await db
            .Reports.AsNoTracking()
            .Where(r => r.Filing == null && r.FiledAt < before)
            .Where(r => r.State == ReportState.Uploading || r.State == ReportState.Complete)
            .Where(r => !db.ReportSubjects.Any(s => s.ReportId == r.Id))
            .OrderBy(r => r.FiledAt)
            .Select(r => r.Id)
            .Take(Batch)
            .ToListAsync(ct);
        var adopted = 0;
        foreach (var id in waiting)
            adopted += await AdoptAsync(id, ct) ? 1 : 0;
        return adopted;
    }

    private async Task<bool> AdoptAsync(ReportId id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var work = await db.Database.BeginTransactionAsync(ct);
        var rows = await db
            .Reports.FromSql($"select *, xmin from reports where id = {id.Value} for update skip locked")
            .AsTracking()
            .ToListAsync(ct);
        if (rows is not [{ Filing: null } report] || ReportRows.EndedAs(report.State) is not null)
            return false;
        if (await db.ReportSubjects.AnyAsync(s => s.ReportId == id, ct))
            return false;
        // An operator's own number, or one that nobody knows, is looked at as "something else".
        var reason = Reason.ByNumber(report.Reason) ?? Reason.ByCode("other")!;
        await EnterTriage.AdmitAsync(db, report, reason, [], Actor, clock.GetUtcNow(), ct);
        await db.SaveChangesAsync(ct);
        await work.CommitAsync(ct);
        return true;
    }
}
