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
        return db
            .Reports.AsNoTracking()
            .Where(report => CasesOf(db, report.Id).Any())
            .Where(report => all || !CasesOf(db, report.Id).Any(c => c.Lane == Lane.ChildSafety));
    }

    public static IQueryable<Case> CasesOf(ModerationDb db, ReportId report) =>
        db
            .ReportSubjects.AsNoTracking()
            .Where(subject => subject.ReportId == report)
            .Join(db.Cases.AsNoTracking(), subject => subject.CaseId, found => found.Id, (_, found) => found);
}
