// Tells a reporter what became of a report, step by step: GET /v1/reports/{id}/timeline.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public static class GetTimeline
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/reports/{id}/timeline", GetAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary("What became of one's own report, oldest first");

    private static async Task<Results<Ok<Page<TimelineEntry>>, ProblemHttpResult>> GetAsync(
        ReportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var account = caller.Account();
        var report = await db
            .Reports.AsNoTracking()
            .SingleOrDefaultAsync(r => r.Id == id && r.ReporterId == account, ct);
        if (report is null)
            return ReportRefusals.NotFound.ToProblem();
        var settled = await db
            .ReportSubjects.Where(s => s.ReportId == id)
            .Join(db.Cases, s => s.CaseId, c => c.Id, (s, c) => new { s.Disposition, c.ClosedAt })
            .ToListAsync(ct);
        var looked = await db
            .Claims.Where(c => db.ReportSubjects.Any(s => s.ReportId == id && s.CaseId == c.CaseId))
            .MinAsync(c => (DateTimeOffset?)c.ClaimedAt, ct);
        var violated = await db
            .Decisions.Where(d => d.State == DecisionState.Released && d.Outcome == DecisionOutcome.Violation)
            .AnyAsync(d => db.ReportSubjects.Any(s => s.ReportId == id && s.CaseId == d.CaseId), ct);
        List<TimelineEntry> entries = [new("received", report.FiledAt)];
        Add("in_triage", report.FilingAt);
        Add("complete", report.CompletedAt);
        if (report.State != ReportState.Withdrawn)
            Add("in_review", looked);
        // Only after release: until then the report is attached (triage.md 13). Never what was done: that is about another person.
        if (
            report.State != ReportState.Withdrawn
            && settled.Count > 0
            && settled.TrueForAll(s => s.Disposition != ReportDisposition.Attached)
            && settled.Max(s => s.ClosedAt) is { } closed
        )
        {
            var outcome = ReporterTexts.OutcomeOf(violated, [.. settled.Select(s => s.Disposition)]);
            entries.Add(new TimelineEntry("decided", closed, outcome, ReporterTexts.Of(outcome)));
        }
        Add(GetReport.StateText(report.State), report.EndedAt);
        return TypedResults.Ok(new Page<TimelineEntry>([.. entries.OrderBy(e => e.At)], null));

        void Add(string step, DateTimeOffset? at)
        {
            if (at is { } when)
                entries.Add(new TimelineEntry(step, when));
        }
    }
}
