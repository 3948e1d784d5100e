// Lists the reasons a reporter may pick: GET /v1/reasons.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Moderation.Contracts.Intake;
using Moderation.Domain.Reports;

namespace Moderation.Features.Intake;

public static class GetReasons
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/reasons", Get).AllowAnonymous().WithSummary("The reasons a reporter may pick");

    // Texts are in English only so far, whatever locale is asked for; the codes are what counts.
    private static Ok<List<ReasonShape>> Get() =>
        TypedResults.Ok(Reason.All.Select(r => new ReasonShape(r.Code, r.Number, r.Text)).ToList());
}
