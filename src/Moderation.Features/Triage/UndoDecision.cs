// Takes one's own decision back: POST /v1/decisions/{id}:undo, in its grace or before a second reviewer has handed in.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Features.Http;
using DecidedBy = Moderation.Contracts.Enforcement.V1.DecidedBy;

namespace Moderation.Features.Triage;

public static class UndoDecision
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/decisions/{id}:undo", PostAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Take one's own decision back before anything of it has left; a repeat is harmless");

    private static async Task<Results<Ok<UndoneShape>, ProblemHttpResult>> PostAsync(
        DecisionId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<UndoneShape>, ProblemHttpResult>>(
            undone => TypedResults.Ok(undone),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db)
    {
        public async Task<Outcome<UndoneShape>> HandleAsync(DecisionId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var found = await db
                .Decisions.AsNoTracking()
                .Where(d => d.Id == id)
                .Select(d => new { d.CaseId, d.DecidedBy })
                .SingleOrDefaultAsync(ct);
            if (found is null || await CaseLocks.TakeAsync(db, found.CaseId, me, ct) is not { } about)
                return DecisionRefusals.NotFound;
            // Whoever must not know of it yet learns nothing here either.
            if (found.DecidedBy != me.Id && (await WithheldAsync(id, me, ct)))
                return DecisionRefusals.NotFound;
            var decision = await db.Decisions.SingleAsync(d => d.Id == id, ct);
            var mine = decision.DecidedBy == me.Id;
            if (mine && decision.State == DecisionState.Withdrawn)
                return await ShapeAsync(decision, me, ct);

            // The transaction began before the lock was ours; what counts is when we are asked, and the state says who was first.
            var now = await db.NowAsync(ct);
            var (move, facts) = decision.State switch
            {
                DecisionState.InReview => (CaseMove.WithdrawDecision, CaseFact.ReviewUndecided),
                DecisionState.Adjudication => (CaseMove.WithdrawDecision, CaseFact.None),
                _ => (CaseMove.Undo, now < decision.ReleaseAt ? CaseFact.BeforeRelease : CaseFact.None),
            };
            if (mine)
                facts |= CaseFact.ByDecider;
            if (decision.State is not (DecisionState.InReview or DecisionState.Adjudication or DecisionState.Grace))
                return mine ? DecisionRefusals.GraceOver : DecisionRefusals.NotYours;
            var refusal = await TakenBack.TakeBackAsync(db, about, decision, move, facts, me.Id.ToString(), now, ct);
            if (refusal is not null)
                return refusal;
            if (about.SubjectKind == SubjectKind.Account)
                await EnforcementLedger.ReverseAsync(
                    db,
                    decision,
                    new AccountId(about.SubjectId),
                    EnforcementEnd.Review,
                    DecidedBy.Staff,
                    me.Id.ToString(),
                    now,
                    ct
                );
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return await ShapeAsync(decision, me, ct);
        }

        private Task<bool> WithheldAsync(DecisionId id, Viewer me, CancellationToken ct) =>
            Blindness.Withheld(db, me.Id, me.Auditor).AnyAsync(r => r.DecisionId == id, ct);

        private async Task<UndoneShape> ShapeAsync(Decision decision, Viewer me, CancellationToken ct)
        {
            var claims = await LiveClaims.OfAsync(db, [decision.CaseId], me, ct);
            return new UndoneShape(
                CaseDetails.ShapeOf(decision, me.Pseudonym),
                claims.TryGetValue(decision.CaseId, out var claim) && claim.Mine ? claim : null
            );
        }
    }
}
