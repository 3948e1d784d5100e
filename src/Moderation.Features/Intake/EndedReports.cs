// Tells the cases of a report that it ended: each ranks without it from here on, and its history says so (triage.md 2.2).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;

namespace Moderation.Features.Intake;

internal static class EndedReports
{
    /// <summary>The report's cases, locked until the transaction ends, in the order in which everybody locks them.</summary>
    public static async Task<IReadOnlyList<Case>> LockCasesAsync(ModerationDb db, ReportId id, CancellationToken ct)
    {
        var found = await db
            .ReportSubjects.Where(s => s.ReportId == id)
            .Join(db.Cases.AsNoTracking(), s => s.CaseId, c => c.Id, (s, c) => c)
            .Distinct()
            .ToListAsync(ct);
        List<Case> locked = [];
        foreach (var one in found.OrderBy(c => (c.SubjectKind, c.SubjectId), CaseIntake.LockOrder))
            locked.AddRange(
                await db
                    .Cases.FromSql($"select * from cases where id = {one.Id.Value} for update")
                    .AsTracking()
                    .ToListAsync(ct)
            );
        return locked;
    }

    /// <summary>Needs the report's new state saved; the caller saves what this changes.</summary>
    public static async Task TellAsync(
        ModerationDb db,
        Report report,
        IReadOnlyList<Case> cases,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        foreach (var one in cases)
        {
            var said = db.Say(
                CaseReportEnded.Kind,
                new CaseReportEnded(one.Id.ToString(), report.Id.ToString(), GetReport.StateText(report.State)),
                now
            );
            (said.CaseId, said.Actor) = (one.Id.Value, actor);
            if (one.Status != CaseStatus.Open)
                continue;
            one.Version++;
            await CaseIntake.RankAsync(db, one, ct);
        }
    }

    public static IReadOnlyList<string> Names(IReadOnlyList<Case> cases) => [.. cases.Select(c => c.Id.ToString())];
}
