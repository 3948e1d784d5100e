// Finds the decision that covers a late report, so that one offence is not judged twice (triage.md 3.4).
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;

namespace Moderation.Data;

/// <summary>The newest closed case of a subject in a lane, and whether its decision covers the report.</summary>
internal sealed record EarlierCase(CaseId Id, bool Covers);

internal static class CoveredReports
{
    // The family of a clause is its first word; a reason that has none is covered by nothing.
    private static readonly Dictionary<string, string> FamilyOfReason = new(StringComparer.Ordinal)
    {
        ["child"] = "child_safety",
        ["sexual"] = "sexual",
        ["harassment"] = "harassment",
        ["violence"] = "violence",
        ["hate"] = "hate",
        ["self_harm"] = "self_harm",
        ["intrusion"] = "meeting",
        ["scam"] = "fraud",
        ["privacy"] = "privacy",
        ["spam"] = "spam",
    };

    /// <summary>Null when the subject was never decided on in this lane.</summary>
    public static async Task<EarlierCase?> FindAsync(
        ModerationDb db,
        Report report,
        Reason reason,
        (SubjectKind Kind, Guid Id) subject,
        CancellationToken ct
    )
    {
        var closed = await db
            .Cases.AsNoTracking()
            .Where(c => c.SubjectKind == subject.Kind && c.SubjectId == subject.Id && c.Lane == reason.Lane)
            .Where(c => c.Status == CaseStatus.Closed)
            .OrderByDescending(c => c.ClosedAt)
            .Select(c => (CaseId?)c.Id)
            .FirstOrDefaultAsync(ct);
        return closed is { } id ? new EarlierCase(id, await CoversAsync(db, id, report, reason, ct)) : null;
    }

    private static async Task<bool> CoversAsync(
        ModerationDb db,
        CaseId closed,
        Report report,
        Reason reason,
        CancellationToken ct
    )
    {
        // A filing alone names no window, so nothing can be said to overlap it.
        if (report.SegmentCount == 0)
            return false;
        var decision = await db
            .Decisions.AsNoTracking()
            .Where(d => d.CaseId == closed && d.State == DecisionState.Released)
            .OrderByDescending(d => d.DecidedAt)
            .FirstOrDefaultAsync(ct);
        if (decision is not { Outcome: DecisionOutcome.Violation, Clause: { } clause, Severity: { } severity })
            return false;
        // S0 is the gravest and the smallest: a graver report is never swept.
        if (FamilyOfReason.GetValueOrDefault(reason.Code) != clause.Split('.')[0] || reason.Estimate < severity)
            return false;
        var (meeting, start, end) = (report.MeetingId, report.WindowStartMs, report.WindowEndMs);
        return await db
            .ReportSubjects.Where(s => s.CaseId == closed && s.Disposition == ReportDisposition.Resolved)
            .Join(db.Reports, s => s.ReportId, r => r.Id, (s, r) => r)
            .AnyAsync(
                r => r.MeetingId == meeting && r.SegmentCount > 0 && r.WindowStartMs < end && r.WindowEndMs > start,
                ct
            );
    }
}
