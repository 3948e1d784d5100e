// Decides a case: POST /v1/decisions ends the claim and holds the effects back, for a second look or the time to undo.
using System.Globalization;
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class DecideCase
{
    public sealed class Validator : AbstractValidator<DecisionRequest>
    {
        public Validator()
        {
            RuleFor(r => r.CaseId).Must(id => CaseId.TryParse(id, null, out _)).WithMessage("This is not a case id.");
            RuleFor(r => r.Outcome)
                .Must(outcome => Words.TryRead<DecisionOutcome>(outcome, out _))
                .WithMessage("This is not an outcome.");
            RuleFor(r => r.Action).Must(DecisionRules.Actions.Contains).WithMessage("This is not an action.");
            RuleFor(r => r.Rationale).NotEmpty().MaximumLength(4_000);
            RuleFor(r => r.Clause).MaximumLength(64);
            RuleFor(r => r.DeviationCode).MaximumLength(40);
            RuleFor(r => r.DeviationReason).MaximumLength(2_000);
            RuleForEach(r => r.Also).Must(DecisionRules.Besides.Contains).WithMessage("This cannot be done besides.");
            RuleFor(r => r.DuplicateOf)
                .Must((r, id) => id is null || (r.Outcome == "duplicate" && CaseId.TryParse(id, null, out _)))
                .WithMessage("A case id, of a duplicate only.");
            RuleFor(r => r.Measures).Must(m => m is not { Count: > 20 }).WithMessage("At most 20 measures.");
            RuleFor(r => r.Citations).Must(c => c is not { Count: > 50 }).WithMessage("At most 50 citations.");
            RuleForEach(r => r.Citations)
                .Must(c => c is { } && ReportId.TryParse(c.ReportId, null, out _))
                .WithMessage("A citation names a report id.");
        }
    }

    public static Refusal IfMatchMissing { get; } =
        new(RefusalKind.Precondition, "version.if-match-missing", "If-Match with the case's ETag is needed.");

    public static Refusal ClaimMissing { get; } =
        new(RefusalKind.Precondition, "claim.missing", $"{ClaimHeader.Name}: clm_…;fence=N is needed.");

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/decisions", PostAsync)
            .WithMetadata(new NeedsIdempotencyKey())
            .Validate<DecisionRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Decide a case under a claim");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PostAsync(
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
        var ifMatch = http.Request.Headers.IfMatch.ToString();
        if (ifMatch.Length == 0)
            return IfMatchMissing.ToProblem();
        if (!ClaimHeader.TryRead(http.Request, out var claim))
            return ClaimMissing.ToProblem();

        var me = Viewer.Of(caller);
        var outcome = await idempotency.RunAsync(
            caller.Subject(),
            key,
            request,
            StatusCodes.Status201Created,
            () => handler.HandleAsync(request, claim, ifMatch, me, ct),
            ct
        );
        if (outcome.Refusal is { Kind: RefusalKind.Stale } stale)
            return (await handler.ExplainAsync(stale, request, me, ct)).ToProblem();
        return outcome.Match<Results<ContentHttpResult, ProblemHttpResult>>(
            answer => Idempotency.Send(http, answer),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(
        ModerationDb db,
        DecisionRules rules,
        Judging judging,
        DecisionEffects effects,
        ReviewDesk desk
    )
    {
        /// <summary>Runs in the transaction that <see cref="Idempotency"/> holds; a refusal undoes all of it.</summary>
        public async Task<Outcome<DecisionShape>> HandleAsync(
            DecisionRequest request,
            ClaimHeader claim,
            string ifMatch,
            Viewer me,
            CancellationToken ct
        )
        {
            if (rules.Judge(request).Refusal is { } unfit)
                return unfit;
            CaseId.TryParse(request.CaseId, null, out var id);
            if (await CaseLocks.TakeAsync(db, id, me, ct) is not { } about)
                return CaseRefusals.NotFound;
            var now = await db.NowAsync(ct);
            if (!await CaseLocks.EndClaimAsync(db, claim, id, me, now, ct))
                return CaseRefusals.ClaimLost;
            if (ifMatch != string.Create(CultureInfo.InvariantCulture, $"\"{about.Version}\""))
                return CaseRefusals.VersionConflict;
            var judged = await judging.JudgeAsync(request, about, me.Id, now, ct);
            if (judged.Refusal is { } refusal)
                return refusal;
            var judgement = judged.Value;
            var version = about.Version;
            var move =
                judgement.SecondLook.Count > 0 ? CaseMove.SendToReview
                : judgement.GraceSeconds > 0 ? CaseMove.EnterGrace
                : CaseMove.Decide;
            if (about.Make(move).Refusal is { } cannot)
                return cannot;

            var decision = judgement.DecisionOf(about, version, me.Id, now);
            db.Decisions.Add(decision);
            Say(decision, now);
            switch (move)
            {
                case CaseMove.SendToReview:
                    decision.StartingIn(DecisionState.InReview);
                    desk.Open(about, decision, ReviewKind.SecondLook, now);
                    await effects.ApplyInterimAsync(about, decision, request.Interim, now, ct);
                    break;
                case CaseMove.EnterGrace:
                    decision.StartingIn(DecisionState.Grace).HoldFrom(now);
                    break;
                default:
                    decision.StartingIn(DecisionState.Grace);
                    await effects.ReleaseAsync(about, decision, now, ct);
                    break;
            }
            await db.SaveChangesAsync(ct);
            return CaseDetails.ShapeOf(decision, me.Pseudonym) with { SecondLook = judgement.SecondLook };
        }

        /// <summary>Adds to a stale answer who changed the case, when, what, and how it is now (triage.md 7).</summary>
        public async Task<Refusal> ExplainAsync(Refusal stale, DecisionRequest request, Viewer me, CancellationToken ct)
        {
            CaseId.TryParse(request.CaseId, null, out var id);
            var now = await db.Cases.AsNoTracking().SingleAsync(c => c.Id == id, ct);
            var detail = await CaseDetails.ReadAsync(db, now, me, ct);
            var last = detail.History.LastOrDefault(line => !Unchanging.Contains(line.Kind));
            return stale with
            {
                Facts = new Dictionary<string, object?>
                {
                    ["changed_by"] = last?.Actor,
                    ["changed_at"] = last?.At,
                    ["changed"] = last?.Text,
                    ["current"] = detail,
                },
            };
        }

        // Lines of the history that leave the case's version as it is.
        private static readonly string[] Unchanging =
        [
            CaseViewed.Kind,
            CaseClaimed.Kind,
            CaseReleased.Kind,
            SegmentsOpened.Kind,
            OpeningRefused.Kind,
        ];

        private void Say(Decision decision, DateTimeOffset now)
        {
            var line = db.Say(
                CaseDecided.Kind,
                new CaseDecided(
                    decision.CaseId.ToString(),
                    decision.Id.ToString(),
                    Words.Of(decision.Outcome),
                    decision.Clause,
                    decision.Action
                ),
                now
            );
            (line.CaseId, line.Actor) = (decision.CaseId.Value, decision.DecidedBy.ToString());
        }
    }
}
