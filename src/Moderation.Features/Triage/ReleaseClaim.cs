// Lets a case go undecided: POST /v1/claims/{id}:release puts it back at its old rank.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ReleaseClaim
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/claims/{id}:release", PostAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Release a claim");

    private static async Task<Results<NoContent, ProblemHttpResult>> PostAsync(
        ClaimId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var refusal = await handler.HandleAsync(id, Viewer.Of(caller), ct);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    public sealed class Handler(ModerationDb db)
    {
        public async Task<Refusal?> HandleAsync(ClaimId id, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var released = await db
                .Claims.FromSql(
                    $"""
                    update claims set released_at = now(), "end" = 'Released'
                    where id = {id.Value} and staff_id = {me.Id.Value}
                      and released_at is null and lease_expires_at > now() returning *
                    """
                )
                .AsNoTracking()
                .ToListAsync(ct);
            if (released is not [var claim])
                return await WhyNotAsync(id, me, ct);
            LiveClaims.SayReleased(db, claim, ClaimEnd.Released, claim.ReleasedAt!.Value, me.Id.ToString());
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return null;
        }

        private async Task<Refusal?> WhyNotAsync(ClaimId id, Viewer me, CancellationToken ct)
        {
            var claim = await db.Claims.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id && c.StaffId == me.Id, ct);
            return claim switch
            {
                null => CaseRefusals.ClaimNotFound,
                // A repeat finds what it asked for.
                { End: ClaimEnd.Released } => null,
                _ => CaseRefusals.ClaimLost,
            };
        }
    }
}
