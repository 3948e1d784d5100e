// Hands out the signed list of recipient keys: GET /.well-known/moderation-keys.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public static class GetModerationKeys
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/.well-known/moderation-keys", Get)
            .AllowAnonymous()
            .WithSummary("The recipient keys that evidence is sealed to, signed by the configuration key");

    private static Results<FileContentHttpResult, ProblemHttpResult> Get(ModerationKeys keys, HttpResponse response)
    {
        if (keys.ReadRecipients() is not { } recipients)
            return ReportRefusals.KeysUnavailable.ToProblem();
        response.Headers.CacheControl = "public, max-age=60";
        return TypedResults.File(recipients.Bytes, "application/cose; cose-type=\"cose-sign1\"");
    }
}
