// A senior who is neither of the two rules where they differ: POST /v1/reviews/{id}:rule takes one of them, or a third decision.
using System.Security.Claims;
using System.Text.Json;
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
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class RuleReview
{
    public sealed class Validator : AbstractValidator<RulingRequest>
    {
        public Validator(IValidator<DecisionRequest> decision)
        {
            RuleFor(r => r.Ruling).Must(r => r is "a" or "b" or "third").WithMessage("a, b or third.");
            RuleFor(r => r.Reason).NotEmpty().MaximumLength(4_000);
            RuleFor(r => r.Decision!).SetValidator(decision).When(r => r.Decision is not null);
        }
    }

    // The review is part of what a key stands for.
    private sealed record Ruled(string Review, RulingRequest Ruling);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reviews/{id}:rule", PostAsync)
            .WithMetadata(new NeedsIdempotencyKey())
            .Validate<RulingRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Rule between two decisions that differ");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PostAsync(
        ReviewId id,
        RulingRequest request,
        HttpContext http,
        ClaimsPrincipal caller,
        Idempotency idempotency,
        Handler handler,
        CancellationToken ct
    )
    {
        if (Idempotency.KeyOf(http.Request) is not { } key)
            return Idempotency.KeyMissing.ToProblem();
        if (!ClaimHeader.TryRead(http.Request, out var claim))
            return DecideCase.ClaimMissing.ToProblem();
        var me = Viewer.Of(caller);
        var outcome = await idempotency.RunAsync(
            caller.Subject(),
            key,
            new Ruled(id.ToString(), request),
            StatusCodes.Status200OK,
            () => handler.HandleAsync(id, request, claim, me, ct),
            ct
        );
        return outcome.Match<Results<ContentHttpResult, ProblemHttpResult>>(
            answer => Idempotency.Send(http, answer),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, Judging judging, DecisionEffects effects)
    {
        /// <summary>Runs in the transaction that <see cref="Idempotency"/> holds; a refusal undoes all of it.</summary>
        public async Task<Outcome<ReviewDetail>> HandleAsync(
            ReviewId id,
            RulingRequest request,
            ClaimHeader claim,
            Viewer me,
            CancellationToken ct
        )
        {
            if ((request.Ruling == "third") != (request.Decision is not null))
                return ReviewRefusals.RulingUnfit;
            var caseId = await db
                .Reviews.Where(r => r.Id == id)
                .Select(r => (CaseId?)r.CaseId)
                .SingleOrDefaultAsync(ct);
            if (caseId is null || await CaseLocks.TakeAsync(db, caseId.Value, me, ct) is not { } about)
                return ReviewRefusals.NotFound;
            if (request.Decision is { } own && own.CaseId != about.Id.ToString())
                return ReviewRefusals.RulingUnfit;
            var now = await db.NowAsync(ct);
            var review = await db.Reviews.SingleAsync(r => r.Id == id, ct);
            var facts = await ReviewRows.FactsAsync(db, review, me, ct);
            if (review.Make(ReviewMove.Rule, facts, now).Refusal is { } refusal)
                return refusal;
            if (review.AdjudicatorId != me.Id)
                return ReviewRefusals.NotYours;
            if (!await CaseLocks.EndClaimAsync(db, claim, about.Id, me, now, ct))
                return CaseRefusals.ClaimLost;

            var first = await db.Decisions.SingleAsync(d => d.Id == review.DecisionId, ct);
            var ruling = RulingOf(request.Ruling, review.SecondShownFirst);
            (review.Ruling, review.RulingReason) = (ruling, request.Reason);
            Decision? other = null;
            if (ruling != "first")
            {
                var (text, by) =
                    ruling == "second"
                        ? (
                            JsonSerializer.Deserialize<DecisionRequest>(review.Opinion!, ModerationDb.Json)!,
                            review.ReviewerId!.Value
                        )
                        : (request.Decision!, me.Id);
                var made = await OtherAsync(text, about, first, by, ruling == "second", now, ct);
                if (made.Refusal is { } unfit)
                    return unfit;
                other = made.Value;
            }
            if (await MoveAsync(review, about, first, other, me, now, ct) is { } stuck)
                return stuck;
            var line = db.Say(
                ReviewSettled.Kind,
                new ReviewSettled(about.Id.ToString(), review.Id.ToString(), ruling),
                now
            );
            (line.CaseId, line.Actor) = (about.Id.Value, me.Id.ToString());
            await db.SaveChangesAsync(ct);
            return await ReviewRows.DetailAsync(db, review, about, me, now, ct);
        }

        private async Task<Refusal?> MoveAsync(
            Review review,
            Case about,
            Decision first,
            Decision? other,
            Viewer me,
            DateTimeOffset now,
            CancellationToken ct
        )
        {
            if (review.Kind != ReviewKind.SecondLook)
            {
                // It is in force already: two people, of whom one is a senior, say that it should be another.
                if (other is not null && first.State == DecisionState.Released)
                {
                    if (about.Make(CaseMove.Overturn).Refusal is { } cannot)
                        return cannot;
                    await effects.ReplaceAsync(about, first, other, null, me.Id.ToString(), now, ct);
                }
                return null;
            }
            if (about.Make(CaseMove.Rule, CaseFact.BySenior | CaseFact.ByNeither).Refusal is { } refusal)
                return refusal;
            if (first.Make(other is null ? DecisionMove.Rule : DecisionMove.SetAside).Refusal is { } stuck)
                return stuck;
            if (other is null)
            {
                first.HoldFrom(now);
                return null;
            }
            db.Decisions.Add(other.StartingIn(DecisionState.Grace));
            other.HoldFrom(now);
            return null;
        }

        private async Task<Outcome<Decision>> OtherAsync(
            DecisionRequest request,
            Case about,
            Decision first,
            StaffId by,
            bool settled,
            DateTimeOffset now,
            CancellationToken ct
        )
        {
            var plain = request with { Interim = null, GraceSeconds = null };
            var judged = await judging.JudgeAsync(plain, about, by, now, ct, leave: first.Id, settled);
            return judged.Refusal is { } refusal
                ? refusal
                : judged.Value.DecisionOf(about, about.Version, by, now, replaces: first.Id);
        }

        private static string RulingOf(string named, bool secondShownFirst) =>
            named switch
            {
                "third" => "third",
                "a" => secondShownFirst ? "second" : "first",
                _ => secondShownFirst ? "first" : "second",
            };
    }
}
