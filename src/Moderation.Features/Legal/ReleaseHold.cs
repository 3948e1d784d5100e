// Releases a legal hold on the word of two custodians: POST /v1/holds/{id}:release (legal-clocks.md LC-8).
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
using Moderation.Domain.Legal;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class ReleaseHold
{
    public sealed class Validator : AbstractValidator<HoldReleaseRequest>
    {
        public Validator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(512);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/holds/{id}:release", PostAsync)
            .Validate<HoldReleaseRequest>()
            .RequireAuthorization(policy => policy.RequireRole("custodian"))
            .WithSummary("Ask for the release of a hold, or release what a second custodian asked for");

    private static async Task<Results<Ok<HoldShape>, ProblemHttpResult>> PostAsync(
        HoldId id,
        HoldReleaseRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, request, caller, ct);
        return outcome.Match<Results<Ok<HoldShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<HoldShape>> HandleAsync(
            HoldId id,
            HoldReleaseRequest request,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            var rows = await db
                .Holds.FromSql($"select *, xmin from holds where id = {id.Value} for update")
                .AsTracking()
                .ToListAsync(ct);
            if (rows is not [var hold])
                return HoldRefusals.NotFound;
            var now = clock.GetUtcNow();
            if (hold.Release(caller.Staff(), request.Reason, now).Refusal is { } refusal)
                return refusal;
            var approvals = hold.ReleasedAt is null ? 1 : 2;
            var said = db.Say(HoldReleased.Kind, new HoldReleased(hold.Id.ToString(), approvals), now);
            said.Actor = caller.Subject();
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return PlaceHold.ShapeOf(hold, now);
        }
    }
}
