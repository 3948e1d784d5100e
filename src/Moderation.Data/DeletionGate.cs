// Judges whether a report's evidence may be destroyed: retention over, no hold, nothing under way (legal-clocks.md LC-6, LC-7).
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;

namespace Moderation.Data;

/// <param name="RuleId">The rule that keeps it longest; null while its case is open.</param>
/// <param name="DueAt">When that rule ends; null while its case is open.</param>
/// <param name="Blockers">What else is in the way: `hold:hold_…`, `export:exp_…`, `case:case_…`, `appeal:apl_…`.</param>
public sealed record DeletionVerdict(
    ReportId Report,
    byte[] ContentId,
    string? RuleId,
    DateTimeOffset? DueAt,
    IReadOnlyList<string> Blockers
)
{
    public bool MayDestroy(DateTimeOffset now) => DueAt <= now && Blockers.Count == 0;
}

public static class DeletionGate
{
    private const long Holds = 0x686f6c6473; // "holds"

    /// <summary>Destroyers share it, each for the transaction of one destruction: no hold comes in between look and deed.</summary>
    public static Task EnterAsync(ModerationDb db, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock_shared({Holds})", ct);

    /// <summary>Whoever places a hold waits for destructions that are under way; every later one sees the hold.</summary>
    public static Task CloseAsync(ModerationDb db, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({Holds})", ct);

    /// <summary>One verdict a report, in the order of the ids. Of what filings with authorities will block, nothing exists
    /// yet.</summary>
    public static async Task<List<DeletionVerdict>> JudgeAsync(
        ModerationDb db,
        IReadOnlyCollection<ReportId> ids,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var reports = await db.Reports.AsNoTracking().Where(r => ids.Contains(r.Id)).OrderBy(r => r.Id).ToListAsync(ct);
        var cases = (
            await db
                .ReportSubjects.AsNoTracking()
                .Where(s => ids.Contains(s.ReportId))
                .Join(db.Cases, s => s.CaseId, c => c.Id, (s, c) => new { s.ReportId, Case = c })
                .ToListAsync(ct)
        ).ToLookup(row => row.ReportId, row => row.Case);
        var caseIds = cases.SelectMany(group => group).Select(c => c.Id).Distinct().ToList();
        var actioned = await db
            .Decisions.Where(Decision.TookEffect)
            .Where(d => caseIds.Contains(d.CaseId) && d.Action != "none")
            .Select(d => d.CaseId)
            .Distinct()
            .ToHashSetAsync(ct);
        var appealed = await db
            .Appeals.Where(a => caseIds.Contains(a.CaseId))
            .Where(a => a.State != AppealState.Decided && a.State != AppealState.Withdrawn)
            .Select(a => new { a.CaseId, a.Id })
            .ToListAsync(ct);
        var appeals = appealed.ToLookup(a => a.CaseId, a => a.Id);
        var exports = (await db.Exports.AsNoTracking().Where(e => ids.Contains(e.ReportId)).ToListAsync(ct)).ToLookup(
            e => e.ReportId
        );
        var holds = await db
            .Holds.AsNoTracking()
            .Where(h => h.ReleasedAt == null && (h.EndsAt == null || h.EndsAt > now))
            .ToListAsync(ct);
        return
        [
            .. reports.Select(r =>
                Judge(r, [.. cases[r.Id].DistinctBy(c => c.Id)], actioned, [.. exports[r.Id]], holds, appeals)
            ),
        ];
    }

    private static DeletionVerdict Judge(
        Report report,
        List<Case> cases,
        HashSet<CaseId> actioned,
        List<Export> exports,
        List<Hold> holds,
        ILookup<CaseId, AppealId> appeals
    )
    {
        List<string> blockers =
        [
            .. holds.Where(h => Covers(h, report, cases)).Select(h => $"hold:{h.Id}"),
            .. exports
                .Where(e => e.Status is ExportStatus.Planned or ExportStatus.Approved or ExportStatus.Staging)
                .Select(e => $"export:{e.Id}"),
            .. cases.Where(c => c.Status != CaseStatus.Closed).Select(c => $"case:{c.Id}"),
            .. cases.SelectMany(c => appeals[c.Id]).Select(a => $"appeal:{a}"),
        ];
        if (cases.Exists(c => c.Status != CaseStatus.Closed))
            return new DeletionVerdict(report.Id, report.ContentId, null, null, blockers);
        // The longest that applies wins.
        var (rule, due) = Applying(report, cases, actioned, exports)
            .Select(a => (Rule: a.Rule, Due: RetentionRules.Of(a.Rule).EndOf(a.From)))
            .OrderByDescending(a => a.Due ?? DateTimeOffset.MaxValue)
            .First();
        return new DeletionVerdict(report.Id, report.ContentId, rule, due, blockers);
    }

    private static IEnumerable<(string Rule, DateTimeOffset From)> Applying(
        Report report,
        List<Case> cases,
        HashSet<CaseId> actioned,
        List<Export> exports
    )
    {
        var ended = report.EndedAt ?? report.CompletedAt ?? report.FiledAt;
        if (report.State is ReportState.Expired or ReportState.Withdrawn)
            yield return ("own.evidence.ended", ended);
        else
            foreach (var c in cases.DefaultIfEmpty())
                yield return c is not null && actioned.Contains(c.Id)
                    ? ("own.evidence.actioned", c.ClosedAt ?? ended)
                    : ("own.evidence.no_action", c?.ClosedAt ?? ended);
        foreach (var export in exports.Where(e => e.PublishedAt is not null))
            yield return ("own.evidence.disclosed", export.PublishedAt!.Value);
    }

    private static bool Covers(Hold hold, Report report, List<Case> cases) =>
        (hold.From is null || report.FiledAt >= hold.From)
        && (hold.To is null || report.FiledAt <= hold.To)
        && (
            hold.Accounts.Contains(report.ReporterId.Value)
            || hold.Meetings.Contains(report.MeetingId.Value)
            || cases.Exists(c =>
                hold.Cases.Contains(c.Id.Value)
                || (c.SubjectKind == SubjectKind.Account ? hold.Accounts : hold.Meetings).Contains(c.SubjectId)
            )
        );
}
