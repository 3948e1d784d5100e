// Lists the reasons a reporter may pick, in the nearest language we have: GET /v1/reasons?locale=.
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

    // A language we do not have is no error: a reporter must not fail over it. Content-Language says which one it is.
    private static Ok<List<ReasonShape>> Get(string? locale, HttpResponse response)
    {
        var language = ReasonTexts.Nearest(locale);
        response.Headers.ContentLanguage = language;
        return TypedResults.Ok(
            Reason.All.Select(r => new ReasonShape(r.Code, r.Number, ReasonTexts.Of(r, language))).ToList()
        );
    }
}
