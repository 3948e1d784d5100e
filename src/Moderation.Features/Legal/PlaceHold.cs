// Places a legal hold and lists the holds there are: POST and GET /v1/holds.
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Meetings;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class PlaceHold
{
    private const int MostIds = 500;
    private const int Page = 200;
    private static readonly string[] Placers = ["senior", "liaison"];
    private static readonly string[] Readers = ["senior", "liaison", "custodian", "auditor", "admin"];

    public sealed class Validator : AbstractValidator<HoldRequest>
    {
        public Validator()
        {
            RuleFor(r => r.Basis).NotEmpty().MaximumLength(40);
            RuleFor(r => r.Reference).NotEmpty().MaximumLength(120);
            RuleFor(r => r.Reason).NotEmpty().MaximumLength(512);
            RuleFor(r => r.Accounts).Must(Are<AccountId>).WithMessage("Not all are acct_… ids, or too many.");
            RuleFor(r => r.Meetings).Must(Are<MeetingId>).WithMessage("Not all are mtg_… ids, or too many.");
            RuleFor(r => r.Cases).Must(Are<CaseId>).WithMessage("Not all are case_… ids, or too many.");
        }

        private static bool Are<TId>(IReadOnlyList<string>? texts)
            where TId : struct, IId<TId> =>
            texts is null || (texts.Count <= MostIds && texts.All(t => IdText.TryRead(TId.Prefix, t, out _)));
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/holds", PostAsync)
            .Validate<HoldRequest>()
            .RequireAuthorization(policy => policy.RequireRole(Placers))
            .WithSummary("Place a legal hold; it works before the next destruction");
        routes
            .MapGet("/v1/holds", ListAsync)
            .RequireAuthorization(policy => policy.RequireRole(Readers))
            .WithSummary("The holds, newest first");
    }

    private static async Task<Results<Created<HoldShape>, ProblemHttpResult>> PostAsync(
        HoldRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(request, caller, ct);
        return outcome.Match<Results<Created<HoldShape>, ProblemHttpResult>>(
            shape => TypedResults.Created($"/v1/holds/{shape.Id}", shape),
            refusal => refusal.ToProblem()
        );
    }

    private static async Task<Ok<HoldPage>> ListAsync(ModerationDb db, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var holds = await db.Holds.AsNoTracking().OrderByDescending(h => h.Id).Take(Page).ToListAsync(ct);
        return TypedResults.Ok(new HoldPage([.. holds.Select(h => ShapeOf(h, now))]));
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<HoldShape>> HandleAsync(
            HoldRequest request,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            if (RetentionRules.HoldOf(request.Basis) is not { } rule)
                return HoldRefusals.UnknownBasis;
            var (accounts, meetings, cases) = (
                Read(AccountId.Prefix, request.Accounts),
                Read(MeetingId.Prefix, request.Meetings),
                Read(CaseId.Prefix, request.Cases)
            );
            if (accounts.Length + meetings.Length + cases.Length == 0)
                return HoldRefusals.EmptyScope;
            await using var work = await db.Database.BeginTransactionAsync(ct);
            await DeletionGate.CloseAsync(db, ct);
            var now = clock.GetUtcNow();
            var hold = new Hold
            {
                Id = HoldId.New(now),
                Basis = rule.Id,
                Reference = request.Reference,
                Reason = request.Reason,
                Accounts = accounts,
                Meetings = meetings,
                Cases = cases,
                From = request.From?.ToUniversalTime(),
                To = request.To?.ToUniversalTime(),
                StartsAt = now,
                EndsAt = rule.EndOf(now),
                PlacedBy = caller.Staff(),
            };
            db.Holds.Add(hold);
            var said = db.Say(HoldPlaced.Kind, new HoldPlaced(hold.Id.ToString(), hold.Basis), now);
            said.Actor = caller.Subject();
            said.CaseId = cases is [var only] ? only : null;
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return ShapeOf(hold, now);
        }

        private static Guid[] Read(string prefix, IReadOnlyList<string>? texts) =>
            [.. (texts ?? []).Select(t => IdText.TryRead(prefix, t, out var id) ? id : default)];
    }

    internal static HoldShape ShapeOf(Hold hold, DateTimeOffset now) =>
        new(
            hold.Id.ToString(),
            hold.ReleasedAt is not null ? "released"
                : !hold.IsActive(now) ? "ended"
                : hold.ReleaseAskedBy is not null ? "release_asked"
                : "active",
            hold.Basis,
            RetentionRules.HoldOf(hold.Basis)?.Citation ?? "",
            hold.Reference,
            hold.Reason,
            [.. hold.Accounts.Select(id => new AccountId(id).ToString())],
            [.. hold.Meetings.Select(id => new MeetingId(id).ToString())],
            [.. hold.Cases.Select(id => new CaseId(id).ToString())],
            hold.From,
            hold.To,
            hold.StartsAt,
            hold.EndsAt,
            hold.ReleasedAt
        );
}
