// What the policy recommends for a case's account now: GET /v1/cases/{id}/recommendation, with the derivation.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class ShowRecommendation
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/cases/{id}/recommendation", GetAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("The recommended action for a clause and severity, with its derivation");

    private static async Task<Results<Ok<DerivationShape>, ProblemHttpResult>> GetAsync(
        CaseId id,
        string clause,
        string severity,
        ClaimsPrincipal caller,
        ModerationDb db,
        PolicyDocument policy,
        Judging judging,
        CancellationToken ct
    )
    {
        var found = await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (found is null || !Viewer.Of(caller).MaySee(found))
            return CaseRefusals.NotFound.ToProblem();
        if (policy.ClauseOf(clause) is not { } named)
            return DecisionRefusals.ClauseUnknown.ToProblem();
        if (!Words.TryRead<Severity>(severity, out var grave))
            return DecisionRefusals.SeverityMissing.ToProblem();
        if (found.SubjectKind != SubjectKind.Account)
            return DecisionRefusals.SubjectNotAccount.ToProblem();
        var recommended = await judging.RecommendAsync(
            named,
            grave,
            new AccountId(found.SubjectId),
            await db.NowAsync(ct),
            null,
            ct
        );
        return TypedResults.Ok(CaseDetails.ShapeOf(recommended));
    }
}
