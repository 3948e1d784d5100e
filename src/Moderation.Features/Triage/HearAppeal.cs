// A senior who had no part in the decision hears an appeal: POST /v1/appeals/{id}:claim, :ask, :decide, :undo.
using System.Security.Claims;
using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class HearAppeal
{
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromDays(14);

    public sealed class Validator : AbstractValidator<AppealDecisionRequest>
    {
        public Validator(IValidator<DecisionRequest> decision)
        {
            RuleFor(r => r.Outcome)
                .Must(o => Words.TryRead<AppealOutcome>(o, out _))
                .WithMessage("upheld, overturned or modified.");
            RuleFor(r => r.Reasons).MaximumLength(8_000);
            RuleFor(r => r.Decision!).SetValidator(decision).When(r => r.Decision is not null);
        }
    }

    public sealed class QuestionValidator : AbstractValidator<AppealQuestion>
    {
        public QuestionValidator() => RuleFor(r => r.Question).NotEmpty().MaximumLength(4_000);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost(
                "/v1/appeals/{id}:claim",
                async Task<Results<Ok<ClaimShape>, ProblemHttpResult>> (
                    AppealId id,
                    ClaimsPrincipal caller,
                    Handler handler,
                    CancellationToken ct
                ) => Answer(await handler.ClaimAsync(id, Viewer.Of(caller), ct))
            )
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Claim an appeal; nobody who had a part in the decision can");
        routes
            .MapPost("/v1/appeals/{id}:ask", AskAsync)
            .Validate<AppealQuestion>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Ask the appellant for more");
        routes
            .MapPost("/v1/appeals/{id}:decide", DecideAsync)
            .Validate<AppealDecisionRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Uphold, overturn or modify the decision; it takes effect after the time to undo");
        routes
            .MapPost(
                "/v1/appeals/{id}:undo",
                async Task<Results<Ok<AppealRow>, ProblemHttpResult>> (
                    AppealId id,
                    ClaimsPrincipal caller,
                    Handler handler,
                    CancellationToken ct
                ) => Answer(await handler.UndoAsync(id, Viewer.Of(caller), ct))
            )
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Take one's own decision on an appeal back before it takes effect");
    }

    private static async Task<Results<Ok<AppealRow>, ProblemHttpResult>> AskAsync(
        AppealId id,
        AppealQuestion request,
        HttpContext http,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    ) =>
        ClaimHeader.TryRead(http.Request, out var claim)
            ? Answer(await handler.AskAsync(id, request, claim, Viewer.Of(caller), ct))
            : DecideCase.ClaimMissing.ToProblem();

    private static async Task<Results<Ok<AppealRow>, ProblemHttpResult>> DecideAsync(
        AppealId id,
        AppealDecisionRequest request,
        HttpContext http,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    ) =>
        ClaimHeader.TryRead(http.Request, out var claim)
            ? Answer(await handler.DecideAsync(id, request, claim, Viewer.Of(caller), ct))
            : DecideCase.ClaimMissing.ToProblem();

    private static Results<Ok<T>, ProblemHttpResult> Answer<T>(Outcome<T> outcome) =>
        outcome.Match<Results<Ok<T>, ProblemHttpResult>>(
            value => TypedResults.Ok(value),
            refusal => refusal.ToProblem()
        );

    public sealed class Handler(ModerationDb db, PolicyDocument policy, GraceRules grace, Judging judging)
    {
        public async Task<Outcome<ClaimShape>> ClaimAsync(AppealId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await AppealRows.LockAsync(db, id, me, ct) is not ({ } appeal, { } about))
                return AppealRefusals.NotFound;
            var now = await db.NowAsync(ct);
            if (await LiveClaims.CheckCapAsync(db, me.Id, policy.Claims, now, ct) is { } cap)
                return cap;
            if (appeal.Make(AppealMove.Claim, await AppealRows.FactsAsync(db, appeal, me, ct)).Refusal is { } refusal)
                return refusal;
            appeal.HeardBy = me.Id;
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

        public async Task<Outcome<AppealRow>> AskAsync(
            AppealId id,
            AppealQuestion request,
            ClaimHeader claim,
            Viewer me,
            CancellationToken ct
        )
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await AppealRows.LockAsync(db, id, me, ct) is not ({ } appeal, { } about))
                return AppealRefusals.NotFound;
            var now = await db.NowAsync(ct);
            var facts = await AppealRows.FactsAsync(db, appeal, me, ct);
            if (request.Until > now && request.Until <= now + _longestAnswer)
                facts |= AppealFact.UntilInRange;
            if (await CaseLocks.EndClaimAsync(db, claim, about.Id, me, now, ct))
                facts |= AppealFact.ClaimHeld;
            if (appeal.Make(AppealMove.Ask, facts).Refusal is { } refusal)
                return refusal;
            (appeal.Question, appeal.AnswerUntil) = (request.Question, request.Until);
            AppealRows.Say(db, appeal, "asked", me.Id.ToString(), now);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return await AppealRows.ShapeAsync(db, appeal, about, me, ct);
        }

        public async Task<Outcome<AppealRow>> DecideAsync(
            AppealId id,
            AppealDecisionRequest request,
            ClaimHeader claim,
            Viewer me,
            CancellationToken ct
        )
        {
            Words.TryRead<AppealOutcome>(request.Outcome, out var outcome);
            if ((outcome == AppealOutcome.Modified) != (request.Decision is not null))
                return AppealRefusals.ModificationUnfit;
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await AppealRows.LockAsync(db, id, me, ct) is not ({ } appeal, { } about))
                return AppealRefusals.NotFound;
            var now = await db.NowAsync(ct);
            var facts = await AppealRows.FactsAsync(db, appeal, me, ct);
            if (!string.IsNullOrWhiteSpace(request.Reasons))
                facts |= AppealFact.ReasonGiven;
            if (await CaseLocks.EndClaimAsync(db, claim, about.Id, me, now, ct))
                facts |= AppealFact.ClaimHeld;
            if (appeal.Make(AppealMove.Decide, facts).Refusal is { } refusal)
                return refusal;
            if (request.Decision is { } other)
            {
                if (other.CaseId != about.Id.ToString())
                    return AppealRefusals.ModificationUnfit;
                if (
                    (await judging.JudgeAsync(Plain(other), about, me.Id, now, ct, appeal.DecisionId)).Refusal is { } no
                )
                    return no;
                appeal.Modification = JsonSerializer.Serialize(Plain(other), ModerationDb.Json);
            }
            (appeal.HeardBy, appeal.Outcome, appeal.Reasons) = (me.Id, outcome, request.Reasons);
            appeal.GraceSeconds = grace.Seconds;
            appeal.ReleaseAt = now.AddSeconds(appeal.GraceSeconds);
            AppealRows.Say(db, appeal, "decided", me.Id.ToString(), now, outcome);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return await AppealRows.ShapeAsync(db, appeal, about, me, ct);
        }

        public async Task<Outcome<AppealRow>> UndoAsync(AppealId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await AppealRows.LockAsync(db, id, me, ct) is not ({ } appeal, { } about))
                return AppealRefusals.NotFound;
            var now = await db.NowAsync(ct);
            var facts = await AppealRows.FactsAsync(db, appeal, me, ct);
            if (now < appeal.ReleaseAt)
                facts |= AppealFact.BeforeRelease;
            if (appeal.Make(AppealMove.Undo, facts).Refusal is { } refusal)
                return refusal;
            (appeal.Outcome, appeal.Reasons, appeal.Modification, appeal.ReleaseAt) = (null, null, null, null);
            AppealRows.Say(db, appeal, "undone", me.Id.ToString(), now);
            await LiveClaims.TryTakeAsync(db, about.Id, me.Id, policy.Claims, now, ct);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return await AppealRows.ShapeAsync(db, appeal, about, me, ct);
        }

        private static DecisionRequest Plain(DecisionRequest request) =>
            request with
            {
                Interim = null,
                GraceSeconds = null,
            };
    }
}
