// Takes a second look, or the ruling where two differ, as work: POST /v1/reviews/{id}:claim gives a lease on its case.
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

public static class ClaimReview
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reviews/{id}:claim", PostAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Claim a second look, or the ruling where two differ");

    private static async Task<Results<Ok<ClaimShape>, ProblemHttpResult>> PostAsync(
        ReviewId id,
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
        public async Task<Outcome<ClaimShape>> HandleAsync(ReviewId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var caseId = await db
                .Reviews.Where(r => r.Id == id)
                .Select(r => (CaseId?)r.CaseId)
                .SingleOrDefaultAsync(ct);
            if (caseId is null || await CaseLocks.TakeAsync(db, caseId.Value, me, ct) is not { } about)
                return ReviewRefusals.NotFound;
            var now = await db.NowAsync(ct);
            if (await LiveClaims.CheckCapAsync(db, me.Id, policy.Claims, now, ct) is { } cap)
                return cap;
            var review = await db.Reviews.SingleAsync(r => r.Id == id, ct);
            // Seconded where it was asked for, not here.
            if (review.Kind == ReviewKind.Reversal)
                return ReviewRefusals.NotFound;
            var facts = await ReviewRows.FactsAsync(db, review, me, ct);
            var differs = review.State == ReviewState.Differs;
            if (review.Make(ReviewMove.Claim, facts, now).Refusal is { } refusal)
                return refusal;
            if (differs)
                review.AdjudicatorId = me.Id;
            else
                review.ReviewerId = me.Id;
            // The index on live claims decides who has it: the case itself is closed to everybody else meanwhile.
            if (await LiveClaims.TryTakeAsync(db, about.Id, me.Id, policy.Claims, now, ct) is not { } claim)
            {
                var held = await LiveClaims.OfAsync(db, [about.Id], me, ct);
                return held.TryGetValue(about.Id, out var live)
                    ? CaseRefusals.ClaimHeld(live.Holder, live.LeaseExpiresAt, live.Mine)
                    : CaseRefusals.ClaimLost;
            }
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return LiveClaims.ShapeOf(claim, me.Pseudonym, me);
        }
    }
}
