// Tells a host how far its own report has come: GET /v1/reports/{id}.
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public static class GetReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/reports/{id}", GetAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary("State of one's own report, and the segments that have not arrived");

    private static async Task<Results<Ok<ReportStatus>, ProblemHttpResult>> GetAsync(
        ReportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var account = caller.Account();
        var report = await db
            .Reports.Where(r => r.Id == id && r.ReporterId == account)
            .Select(r => new { r.State, Filed = r.Filing != null })
            .SingleOrDefaultAsync(ct);
        // Somebody else's report looks like none.
        return report is null
            ? ReportRefusals.NotFound.ToProblem()
            : TypedResults.Ok(
                new ReportStatus(id.ToString(), StateText(report.State), report.Filed, await MissingAsync(db, id, ct))
            );
    }

    internal static string StateText(ReportState state) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    internal static Task<List<int>> MissingAsync(ModerationDb db, ReportId id, CancellationToken ct) =>
        db
            .ReportSegments.Where(s => s.ReportId == id && s.StoredAt == null)
            .OrderBy(s => s.Index)
            .Select(s => s.Index)
            .ToListAsync(ct);
}
