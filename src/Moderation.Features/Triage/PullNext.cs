// Gives the caller the first free case of a queue: POST /v1/queues/{id}:next claims it in rank order.
using System.Security.Claims;
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

public static class PullNext
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/queues/{id}:next", PostAsync)
            .RequireAuthorization(Policies.Decide)
            .WithSummary("Claim the next case of a queue");

    private static async Task<Results<Ok<ClaimShape>, ProblemHttpResult>> PostAsync(
        string id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<ClaimShape>, ProblemHttpResult>>(
            claim => TypedResults.Ok(claim),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, PolicyDocument policy)
    {
        public async Task<Outcome<ClaimShape>> HandleAsync(string queue, Viewer me, CancellationToken ct)
        {
            if (!Queue.Exists(queue))
                return CaseRefusals.QueueNotFound;
            while (true)
            {
                // No answer means that the picked case was claimed between look and lock; the next look skips it.
                if (await TryAsync(queue, me, ct) is { } answer)
                    return answer;
            }
        }

        private async Task<Outcome<ClaimShape>?> TryAsync(string queue, Viewer me, CancellationToken ct)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var now = await db.NowAsync(ct);
            if (await LiveClaims.CheckCapAsync(db, me.Id, policy.Claims, now, ct) is { } cap)
                return cap;
            var free = await db
                .Cases.FromSql(
                    $"""
                    select c.* from cases c
                    where c.queue = {queue} and c.status = 'Open' and ({me.ChildSafety} or c.lane <> 'ChildSafety')
                      and not exists (
                        select 1 from claims k
                        where k.case_id = c.id and k.released_at is null and k.lease_expires_at > {now})
                    order by c.band, c.rank_at, c.id limit 1 for update of c skip locked
                    """
                )
                .AsNoTracking()
                .ToListAsync(ct);
            if (free is not [var first])
                return CaseRefusals.QueueEmpty;
            if (await LiveClaims.TryTakeAsync(db, first.Id, me.Id, policy.Claims, now, ct) is not { } claim)
                return null;
            await transaction.CommitAsync(ct);
            return LiveClaims.ShapeOf(claim, me.Pseudonym, me);
        }
    }
}
