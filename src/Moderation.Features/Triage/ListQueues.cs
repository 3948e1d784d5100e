// Lists the queues with how many open cases each has: GET /v1/queues.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ListQueues
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/queues", GetAsync).RequireAuthorization(Policies.SeeCases).WithSummary("List the queues");

    private static async Task<Ok<List<QueueShape>>> GetAsync(
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var all = caller.MaySeeChildSafety();
        var counts = await db
            .Cases.AsNoTracking()
            .Where(c => c.Status == CaseStatus.Open && (all || c.Lane != Lane.ChildSafety))
            .GroupBy(c => c.Queue)
            .Select(g => new
            {
                Queue = g.Key,
                Open = g.Count(),
                Oldest = g.Min(c => c.OpenedAt),
            })
            .ToDictionaryAsync(g => g.Queue, ct);
        return TypedResults.Ok(
            Queue
                .All.Select(q =>
                    counts.TryGetValue(q.Id, out var found)
                        ? new QueueShape(q.Id, q.Name, found.Open, found.Oldest)
                        : new QueueShape(q.Id, q.Name, 0, null)
                )
                .ToList()
        );
    }
}
