// Finds the report somebody of staff may see the sealed bytes of; another lane's report looks like none.
using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Opening;

internal static class SealedReports
{
    /// <summary>Reports that are in a case, and in no child-safety case unless the caller may see those (triage.md 4).</summary>
    public static IQueryable<Report> VisibleTo(ModerationDb db, ClaimsPrincipal caller)
    {
        var all = caller.MaySeeChildSafety();
        // By hand and not through CasesOf: a method call inside the query is not translated.
        var placed = db.ReportSubjects.Join(
            db.Cases,
            subject => subject.CaseId,
            found => found.Id,
            (subject, found) => new { subject.ReportId, found.Lane }
        );
        return db
            .Reports.AsNoTracking()
            .Where(report => placed.Any(p => p.ReportId == report.Id))
            .Where(report => all || !placed.Any(p => p.ReportId == report.Id && p.Lane == Lane.ChildSafety));
    }

    public static IQueryable<Case> CasesOf(ModerationDb db, ReportId report) =>
        db
            .ReportSubjects.AsNoTracking()
            .Where(subject => subject.ReportId == report)
            .Join(db.Cases.AsNoTracking(), subject => subject.CaseId, found => found.Id, (_, found) => found);
}
