// How far second looks agree: GET /v1/quality, with kappa and the clauses people disagree about; no figure is about a person.
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ShowQuality
{
    private static readonly TimeSpan _window = TimeSpan.FromDays(365);

    private sealed record Pair(Decision First, DecisionRequest Second);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/quality", GetAsync)
            .RequireAuthorization(Policies.SeeQuality)
            .WithSummary("Agreement of second looks over the last year, and the clauses people disagree about");

    private static async Task<Ok<QualityShape>> GetAsync(
        System.Security.Claims.ClaimsPrincipal caller,
        ModerationDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var since = clock.GetUtcNow() - _window;
        var childSafety = caller.MaySeeChildSafety();
        var rows = await db
            .Reviews.AsNoTracking()
            .Where(r => r.Opinion != null && r.Kind != ReviewKind.KnockOn && r.SubmittedAt >= since)
            .Where(r => childSafety || db.Cases.Any(c => c.Id == r.CaseId && c.Lane != Lane.ChildSafety))
            // Figures of what is still open would let a reviewer work out what they must not know.
            .Where(r => r.State == ReviewState.Agreed || r.State == ReviewState.Settled)
            .Join(db.Decisions, r => r.DecisionId, d => d.Id, (r, d) => new { Decision = d, r.Opinion })
            .ToListAsync(ct);
        List<Pair> pairs =
        [
            .. rows.Select(row => new Pair(
                row.Decision,
                JsonSerializer.Deserialize<DecisionRequest>(row.Opinion!, ModerationDb.Json)!
            )),
        ];
        List<Pair> both = [.. pairs.Where(p => p is { First.Severity: not null, Second.Severity: not null })];
        return TypedResults.Ok(
            new QualityShape(
                pairs.Count,
                Shown(Agreement.OfPairs([.. pairs.Select(p => (Words.Of(p.First.Outcome), p.Second.Outcome))])),
                Shown(
                    Agreement.OfPairs([.. pairs.Select(p => (p.First.Family ?? "none", FamilyOf(p.Second) ?? "none"))])
                ),
                Shown(
                    Agreement.OfPairs(
                        [.. both.Select(p => (p.First.Severity!.Value.ToString(), p.Second.Severity!))],
                        [.. Enum.GetNames<Severity>()],
                        quadratic: true
                    )
                ),
                DisputedOf(pairs)
            )
        );
    }

    private static KappaShape? Shown(Agreement? a) =>
        a is { Count: >= Agreement.Least } ? new KappaShape(a.Count, a.Kappa, a.Low, a.High) : null;

    private static List<DisputedClause> DisputedOf(List<Pair> pairs) =>
        [
            .. pairs
                .SelectMany(
                    p => new[] { p.First.Clause, p.Second.Clause }.OfType<string>().Distinct(),
                    (p, c) => (p, c)
                )
                .GroupBy(x => x.c, x => x.p.First.Clause != x.p.Second.Clause, StringComparer.Ordinal)
                .Select(g => new DisputedClause(g.Key, g.Count(), g.Count(differs => differs)))
                .Where(d => d.Differ > 0)
                .OrderByDescending(d => d.Differ)
                .ThenBy(d => d.Clause, StringComparer.Ordinal),
        ];

    private static string? FamilyOf(DecisionRequest request) => request.Clause?.Split('.')[0];
}
