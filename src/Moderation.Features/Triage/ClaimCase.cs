// Claims one case: POST /v1/claims gives the caller a lease, or says who holds it.
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
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class ClaimCase
{
    public sealed class Validator : AbstractValidator<ClaimRequest>
    {
        public Validator() =>
            RuleFor(r => r.CaseId).Must(id => CaseId.TryParse(id, null, out _)).WithMessage("This is not a case id.");
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/claims", PostAsync)
            .Validate<ClaimRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Claim a case");

    private static async Task<Results<Ok<ClaimShape>, ProblemHttpResult>> PostAsync(
        ClaimRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        CaseId.TryParse(request.CaseId, null, out var id);
        var outcome = await handler.HandleAsync(id, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<ClaimShape>, ProblemHttpResult>>(
            claim => TypedResults.Ok(claim),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, PolicyDocument policy)
    {
        public async Task<Outcome<ClaimShape>> HandleAsync(CaseId id, Viewer me, CancellationToken ct)
        {
            while (true)
            {
                var outcome = await TryAsync(id, me, ct);
                if (outcome is { } answer)
                    return answer;
                // The index said no. If the holder has let go meanwhile there is nobody to name, so try again.
                var held = await LiveClaims.OfAsync(db, [id], me, ct);
                if (held.TryGetValue(id, out var live))
                    return CaseRefusals.ClaimHeld(live.Holder, live.LeaseExpiresAt, live.Mine);
            }
        }

        private async Task<Outcome<ClaimShape>?> TryAsync(CaseId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var now = await db.NowAsync(ct);
            if (await LiveClaims.CheckCapAsync(db, me.Id, policy.Claims, now, ct) is { } cap)
                return cap;
            // Shared, so that claimers race to the index; a decision, which takes the row alone, cannot slip in between.
            var cases = await db
                .Cases.FromSql($"select * from cases where id = {id.Value} for share")
                .AsNoTracking()
                .ToListAsync(ct);
            if (cases is not [var found] || !me.MaySee(found))
                return CaseRefusals.NotFound;
            if (found.Status != CaseStatus.Open)
                return CaseRefusals.NotOpen;
            if (await LiveClaims.TryTakeAsync(db, id, me.Id, policy.Claims, now, ct) is not { } claim)
                return null;
            await transaction.CommitAsync(ct);
            return LiveClaims.ShapeOf(claim, me.Pseudonym, me);
        }
    }
}
