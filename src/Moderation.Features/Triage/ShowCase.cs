// Shows one case and records that it was looked at: GET /v1/cases/{id}.
using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ShowCase
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/cases/{id}", GetAsync).RequireAuthorization(Policies.SeeCases).WithSummary("Show a case");

    private static async Task<Results<Ok<CaseDetail>, ProblemHttpResult>> GetAsync(
        CaseId id,
        ClaimsPrincipal caller,
        HttpResponse response,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<CaseDetail>, ProblemHttpResult>>(
            detail =>
            {
                response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{detail.Row.Version}\"");
                return TypedResults.Ok(detail);
            },
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<CaseDetail>> HandleAsync(CaseId id, Viewer viewer, CancellationToken ct)
        {
            var found = await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
            if (found is null || !viewer.MaySee(found))
                return CaseRefusals.NotFound;
            // Written before anything is shown: what cannot be recorded is not seen.
            var line = db.Say(CaseViewed.Kind, new CaseViewed(id.ToString()), clock.GetUtcNow());
            (line.CaseId, line.Actor) = (id.Value, viewer.Id.ToString());
            await db.SaveChangesAsync(ct);
            return await CaseDetails.ReadAsync(db, found, viewer, ct);
        }
    }
}
