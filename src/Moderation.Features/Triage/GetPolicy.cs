// Shows the policy in force: GET /v1/policy gives every clause with what is recommended, and every measure.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class GetPolicy
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/policy", Get)
            .RequireAuthorization(Policies.SeeCases)
            .WithSummary("The policy in force, with recommendations computed");

    private static Ok<PolicyShape> Get(PolicyDocument policy, GraceRules grace) =>
        TypedResults.Ok(
            new PolicyShape(
                policy.Version,
                [.. policy.Clauses.Select(clause => ShapeOf(policy, clause))],
                [.. policy.Measures.Select(m => new MeasureShape(m.Code, m.Text))],
                [.. policy.Deviations.Select(d => new MeasureShape(d.Code, d.Text))],
                grace.Seconds
            )
        );

    private static ClauseShape ShapeOf(PolicyDocument policy, Clause clause)
    {
        var usual = policy.Recommend(clause, clause.Severity);
        return new ClauseShape(
            clause.Code,
            clause.Text,
            clause.Severity.ToString(),
            Words.Of(clause.Lane),
            usual.Action,
            usual.Days,
            [
                .. Enum.GetValues<Severity>()
                    .Select(severity => (severity, step: policy.Recommend(clause, severity)))
                    .Select(r => new RecommendationShape(r.severity.ToString(), r.step.Action, r.step.Days)),
            ]
        );
    }
}
