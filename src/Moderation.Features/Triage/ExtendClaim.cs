// Extends the caller's lease after real input: POST /v1/claims/{id}:heartbeat, up to the longest holding.
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
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class ExtendClaim
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/claims/{id}:heartbeat", PostAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Extend a claim");

    private static async Task<Results<Ok<ClaimShape>, ProblemHttpResult>> PostAsync(
        ClaimId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<ClaimShape>, ProblemHttpResult>>(
            claim => TypedResults.Ok(claim),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, PolicyDocument policy)
    {
        public async Task<Outcome<ClaimShape>> HandleAsync(ClaimId id, Viewer me, CancellationToken ct)
        {
            var lease = TimeSpan.FromSeconds(policy.Claims.LeaseSeconds);
            var longest = TimeSpan.FromSeconds(policy.Claims.LongestSeconds);
            // One statement by the database's clock: a lease that has passed cannot come back to life.
            var extended = await db
                .Claims.FromSql(
                    $"""
                    update claims set lease_expires_at = least(now() + {lease}, claimed_at + {longest})
                    where id = {id.Value} and staff_id = {me.Id.Value}
                      and released_at is null and lease_expires_at > now() returning *
                    """
                )
                .AsNoTracking()
                .ToListAsync(ct);
            if (extended is [var claim])
                return LiveClaims.ShapeOf(claim, me.Pseudonym, me);
            return await db.Claims.AnyAsync(c => c.Id == id && c.StaffId == me.Id, ct)
                ? CaseRefusals.ClaimLost
                : CaseRefusals.ClaimNotFound;
        }
    }
}
