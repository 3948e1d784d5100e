// Two seniors reverse a released decision without an appeal: POST /v1/decisions/{id}:reverse, asked by one, done by the other.
using System.Security.Claims;
using FluentValidation;
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

public static class ReverseDecision
{
    public sealed class Validator : AbstractValidator<ReversalRequest>
    {
        public Validator() => RuleFor(r => r.Reason).MaximumLength(4_000);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/decisions/{id}:reverse", PostAsync)
            .Validate<ReversalRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary(
                "Ask for a reversal, or second what another senior asked for; a repeat by the same is harmless"
            );

    private static async Task<Results<Ok<ReversalShape>, ProblemHttpResult>> PostAsync(
        DecisionId id,
        ReversalRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, request, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<ReversalShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, DecisionEffects effects, ReviewDesk desk)
    {
        public async Task<Outcome<ReversalShape>> HandleAsync(
            DecisionId id,
            ReversalRequest request,
            Viewer me,
            CancellationToken ct
        )
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var caseId = await db
                .Decisions.Where(d => d.Id == id)
                .Select(d => (CaseId?)d.CaseId)
                .SingleOrDefaultAsync(ct);
            if (caseId is null || await CaseLocks.TakeAsync(db, caseId.Value, me, ct) is not { } about)
                return DecisionRefusals.NotFound;
            if (await Blindness.Withheld(db, me.Id, me.Auditor).AnyAsync(r => r.DecisionId == id, ct))
                return DecisionRefusals.NotFound;
            var decision = await db.Decisions.SingleAsync(d => d.Id == id, ct);
            if (decision.State == DecisionState.Reversed)
                return new ReversalShape(id.ToString(), "reversed");
            var asked = await db.Reviews.SingleOrDefaultAsync(
                r => r.DecisionId == id && r.Kind == ReviewKind.Reversal,
                ct
            );
            var facts = CaseFact.None;
            if (me.Senior)
                facts |= CaseFact.BySenior;
            if (!string.IsNullOrWhiteSpace(request.Reason))
                facts |= CaseFact.ReasonGiven;
            if (asked is not null && asked.ReviewerId != me.Id)
                facts |= CaseFact.ByTwo;
            // Asked of the table with a second person, so that the first one hears every other refusal at once.
            if (CaseLife.Table.Step(about.Status, CaseMove.Reverse, facts | CaseFact.ByTwo).Refusal is { } refusal)
                return refusal;
            if (DecisionLife.Table.Step(decision.State, DecisionMove.Reverse, DecisionFact.None).Refusal is { } cannot)
                return cannot;
            var now = await db.NowAsync(ct);
            if (about.Make(CaseMove.Reverse, facts).Refusal is not null)
            {
                asked ??= desk.Open(about, decision, ReviewKind.Reversal, now);
                (asked.ReviewerId, asked.RulingReason) = (me.Id, request.Reason);
                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(ct);
                return new ReversalShape(id.ToString(), "asked");
            }
            const ReviewFact Seconded =
                ReviewFact.NotDecider | ReviewFact.NotParty | ReviewFact.NotSeenSince | ReviewFact.IsReviewer;
            asked!.Make(ReviewMove.Claim, Seconded, now);
            asked.Make(ReviewMove.Agree, Seconded, now);
            asked.AdjudicatorId = me.Id;
            await effects.ReverseAsync(about, decision, DecisionMove.Reverse, null, me.Id.ToString(), now, ct);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return new ReversalShape(id.ToString(), "reversed");
        }
    }
}
