// Hands in a reviewer's own full decision: POST /v1/reviews/{id}:submit; only then the server compares it with the first one.
using System.Security.Claims;
using System.Text.Json;
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

public static class SubmitReview
{
    // The review is part of what a key stands for.
    private sealed record HandedIn(string Review, DecisionRequest Decision);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reviews/{id}:submit", PostAsync)
            .WithMetadata(new NeedsIdempotencyKey())
            .Validate<DecisionRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Hand in one's own decision on a second look");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PostAsync(
        ReviewId id,
        DecisionRequest request,
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
            new HandedIn(id.ToString(), request),
            StatusCodes.Status200OK,
            () => handler.HandleAsync(id, request, claim, me, ct),
            ct
        );
        return outcome.Match<Results<ContentHttpResult, ProblemHttpResult>>(
            answer => Idempotency.Send(http, answer),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, Judging judging, PolicyDocument policy)
    {
        /// <summary>Runs in the transaction that <see cref="Idempotency"/> holds; a refusal undoes all of it.</summary>
        public async Task<Outcome<ReviewDetail>> HandleAsync(
            ReviewId id,
            DecisionRequest request,
            ClaimHeader claim,
            Viewer me,
            CancellationToken ct
        )
        {
            var caseId = await db
                .Reviews.Where(r => r.Id == id)
                .Select(r => (CaseId?)r.CaseId)
                .SingleOrDefaultAsync(ct);
            if (
                caseId is null
                || request.CaseId != caseId.Value.ToString()
                || await CaseLocks.TakeAsync(db, caseId.Value, me, ct) is not { } about
            )
                return ReviewRefusals.NotFound;
            var now = await db.NowAsync(ct);
            var review = await db.Reviews.SingleAsync(r => r.Id == id, ct);
            if (review.ReviewerId != me.Id)
                return ReviewRefusals.NotYours;
            if (!await CaseLocks.EndClaimAsync(db, claim, about.Id, me, now, ct))
                return CaseRefusals.ClaimLost;
            var first = await db.Decisions.SingleAsync(d => d.Id == review.DecisionId, ct);
            // Points of the decision that is looked at are not held against itself.
            var judged = await judging.JudgeAsync(
                request with
                {
                    Interim = null,
                    GraceSeconds = null,
                },
                about,
                me.Id,
                now,
                ct,
                leave: first.Id
            );
            if (judged.Refusal is { } refusal)
                return refusal;

            var mine = OpinionOf(judged.Value.DecisionOf(about, about.Version, me.Id, now));
            var theirs = OpinionOf(first);
            var agrees = mine.AgreesWith(theirs);
            if (
                review.Make(agrees ? ReviewMove.Agree : ReviewMove.Differ, ReviewFact.IsReviewer, now).Refusal is
                { } stuck
            )
                return stuck;
            (review.Opinion, review.SubmittedAt) = (JsonSerializer.Serialize(request, ModerationDb.Json), now);
            if (review.Kind == ReviewKind.SecondLook && Move(about, first, mine, agrees, now) is { } wrong)
                return wrong;
            var line = db.Say(
                ReviewSubmitted.Kind,
                new ReviewSubmitted(about.Id.ToString(), review.Id.ToString(), agrees),
                now
            );
            (line.CaseId, line.Actor) = (about.Id.Value, me.Id.ToString());
            await db.SaveChangesAsync(ct);
            return await ReviewRows.DetailAsync(db, review, about, me, now, ct);
        }

        private Refusal? Move(Case about, Decision first, Opinion mine, bool agrees, DateTimeOffset now)
        {
            if (about.Make(agrees ? CaseMove.Agree : CaseMove.Differ).Refusal is { } refusal)
                return refusal;
            if (first.Make(agrees ? DecisionMove.Agree : DecisionMove.Differ).Refusal is { } stuck)
                return stuck;
            if (!agrees)
                return null;
            // Within tolerance the milder duration stands (triage.md 10).
            var theirs = OpinionOf(first);
            if (theirs.Seconds is { } seconds && theirs.Milder(mine) is { } milder && milder < seconds)
                first.AgreedSeconds = milder;
            first.HoldFrom(now);
            return null;
        }

        private Opinion OpinionOf(Decision decision)
        {
            var seconds = StoredActions.ParametersOf(decision).DurationSeconds;
            return new Opinion(
                decision.Outcome,
                decision.Family,
                decision.Action,
                policy.IndexOf(decision.Action, seconds),
                seconds
            );
        }
    }
}
