// The platform files, answers and withdraws an appeal for its user: POST /v1/appeals, …:answer, …:withdraw, GET …/receipt.
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
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class FileAppeal
{
    private const string PlatformActor = "system:platform";

    public sealed class Validator : AbstractValidator<AppealRequest>
    {
        public Validator()
        {
            RuleFor(r => r.DecisionId)
                .Must(id => DecisionId.TryParse(id, null, out _))
                .WithMessage("This is not a decision id.");
            RuleFor(r => r.AccountId).NotEmpty().MaximumLength(128);
            RuleFor(r => r.Statement).NotEmpty().MaximumLength(8_000);
            RuleFor(r => r.NewMaterial).MaximumLength(8_000);
            RuleFor(r => r.Side).Must(s => Words.TryRead<AppealSide>(s, out _)).WithMessage("subject or reporter.");
        }
    }

    public sealed class AnswerValidator : AbstractValidator<AppealAnswer>
    {
        public AnswerValidator() => RuleFor(r => r.Text).NotEmpty().MaximumLength(8_000);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/appeals", PostAsync)
            .WithMetadata(new NeedsIdempotencyKey())
            .Validate<AppealRequest>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("File an appeal against a decision; the receipt comes back");
        routes
            .MapGet("/v1/appeals/{id}/receipt", ReceiptAsync)
            .RequireAuthorization(Policies.Platform)
            .WithSummary("How far an appeal has got");
        routes
            .MapPost("/v1/appeals/{id}:answer", AnswerAsync)
            .Validate<AppealAnswer>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Answer what the appellant was asked");
        routes
            .MapPost("/v1/appeals/{id}:withdraw", WithdrawAsync)
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Withdraw an appeal");
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PostAsync(
        AppealRequest request,
        HttpContext http,
        ClaimsPrincipal caller,
        Idempotency idempotency,
        Handler handler,
        CancellationToken ct
    )
    {
        if (Idempotency.KeyOf(http.Request) is not { } key)
            return Idempotency.KeyMissing.ToProblem();
        var outcome = await idempotency.RunAsync(
            caller.Subject(),
            key,
            request,
            StatusCodes.Status201Created,
            () => handler.FileAsync(request, ct),
            ct
        );
        return outcome.Match<Results<ContentHttpResult, ProblemHttpResult>>(
            answer => Idempotency.Send(http, answer),
            refusal => refusal.ToProblem()
        );
    }

    private static async Task<Results<Ok<AppealReceipt>, ProblemHttpResult>> ReceiptAsync(
        AppealId id,
        ModerationDb db,
        CancellationToken ct
    ) =>
        await db.Appeals.AsNoTracking().SingleOrDefaultAsync(a => a.Id == id, ct) is { } appeal
            ? TypedResults.Ok(ReceiptOf(appeal))
            : AppealRefusals.NotFound.ToProblem();

    private static Task<Results<Ok<AppealReceipt>, ProblemHttpResult>> AnswerAsync(
        AppealId id,
        AppealAnswer request,
        Handler handler,
        CancellationToken ct
    ) => SendAsync(handler.MoveAsync(id, AppealMove.Answer, request.AccountId, request.Text, ct));

    private static Task<Results<Ok<AppealReceipt>, ProblemHttpResult>> WithdrawAsync(
        AppealId id,
        AppealWithdrawal request,
        Handler handler,
        CancellationToken ct
    ) => SendAsync(handler.MoveAsync(id, AppealMove.Withdraw, request.AccountId, null, ct));

    private static async Task<Results<Ok<AppealReceipt>, ProblemHttpResult>> SendAsync(
        Task<Outcome<AppealReceipt>> outcome
    ) =>
        (await outcome).Match<Results<Ok<AppealReceipt>, ProblemHttpResult>>(
            receipt => TypedResults.Ok(receipt),
            refusal => refusal.ToProblem()
        );

    /// <summary>The outcome is told once it is released, like everything else that leaves.</summary>
    private static AppealReceipt ReceiptOf(Appeal appeal) =>
        new(
            appeal.Id.ToString(),
            appeal.DecisionId.ToString(),
            Words.Of(appeal.Side),
            appeal.State == AppealState.Grace ? Words.Of(AppealState.InProgress) : Words.Of(appeal.State),
            appeal.FiledAt,
            appeal.DueAt,
            appeal.Question,
            appeal.AnswerUntil,
            appeal is { State: AppealState.Decided, Outcome: { } outcome } ? Words.Of(outcome) : null
        );

    public sealed class Handler(ModerationDb db, PolicyDocument policy)
    {
        /// <summary>Runs in the transaction that <see cref="Idempotency"/> holds.</summary>
        public async Task<Outcome<AppealReceipt>> FileAsync(AppealRequest request, CancellationToken ct)
        {
            DecisionId.TryParse(request.DecisionId, null, out var id);
            Words.TryRead<AppealSide>(request.Side, out var side);
            var caseId = await db
                .Decisions.Where(d => d.Id == id)
                .Select(d => (CaseId?)d.CaseId)
                .SingleOrDefaultAsync(ct);
            if (caseId is null || await CaseLocks.TakeAsync(db, caseId.Value, null, ct) is not { } about)
                return AppealRefusals.DecisionNotFound;
            var decision = await db.Decisions.AsNoTracking().SingleAsync(d => d.Id == id, ct);
            // What has not left does not exist for the outside.
            if (decision.ReleasedAt is not { } told || !await IsPartyAsync(about, request.AccountId, side, ct))
                return AppealRefusals.DecisionNotFound;
            var now = await db.NowAsync(ct);
            if (decision.State != DecisionState.Released || !MayAppeal(decision, side))
                return AppealRefusals.NotAppealable;
            if (now > told.AddDays(policy.Appeals.WindowDays))
                return AppealRefusals.WindowClosed;
            if (
                request.NewMaterial is not null
                && !await db.Appeals.AnyAsync(
                    a => a.DecisionId == id && a.Side == side && a.State == AppealState.Decided,
                    ct
                )
            )
                return AppealRefusals.AlreadyFiled;
            var grave = decision.Severity is Domain.Cases.Severity.S0 or Domain.Cases.Severity.S1;
            var appeal = new Appeal
            {
                Id = AppealId.New(now),
                CaseId = about.Id,
                DecisionId = id,
                Side = side,
                FiledAt = now,
                DueAt = now.AddHours(grave ? policy.Appeals.GraveDueHours : policy.Appeals.DueHours),
                Statement = request.Statement,
                NewMaterial = request.NewMaterial,
            };
            db.Appeals.Add(appeal);
            AppealRows.Say(db, appeal, "filed", PlatformActor, now);
            return await db.TrySaveAsync(ct) ? ReceiptOf(appeal) : AppealRefusals.AlreadyFiled;
        }

        public async Task<Outcome<AppealReceipt>> MoveAsync(
            AppealId id,
            AppealMove move,
            string account,
            string? text,
            CancellationToken ct
        )
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await AppealRows.LockAsync(db, id, null, ct) is not ({ } appeal, { } about))
                return AppealRefusals.NotFound;
            var facts = await IsPartyAsync(about, account, appeal.Side, ct) ? AppealFact.ByAppellant : AppealFact.None;
            if (appeal.Make(move, facts).Refusal is { } refusal)
                return refusal;
            var now = await db.NowAsync(ct);
            if (text is not null)
                appeal.Answer = text;
            AppealRows.Say(db, appeal, move == AppealMove.Answer ? "answered" : "withdrawn", PlatformActor, now);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return ReceiptOf(appeal);
        }

        private bool MayAppeal(Decision decision, AppealSide side) =>
            side == AppealSide.Subject
                ? decision.Outcome == DecisionOutcome.Violation
                : policy.Appeals.ReporterMay && decision.Outcome == DecisionOutcome.NoViolation;

        private async Task<bool> IsPartyAsync(Case about, string external, AppealSide side, CancellationToken ct)
        {
            var account = await db
                .Accounts.Where(a => a.ExternalId == external)
                .Select(a => (AccountId?)a.Id)
                .SingleOrDefaultAsync(ct);
            if (account is not { } appellant)
                return false;
            return side == AppealSide.Subject
                ? about.SubjectKind == SubjectKind.Account && about.SubjectId == appellant.Value
                : await db.ReportSubjects.AnyAsync(
                    s => s.CaseId == about.Id && db.Reports.Any(r => r.Id == s.ReportId && r.ReporterId == appellant),
                    ct
                );
        }
    }
}
