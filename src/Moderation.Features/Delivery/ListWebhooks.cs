// Shows the platform its webhook subscriptions: GET /v1/webhooks, newest first, without secrets.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Webhooks;
using Moderation.Data;
using Moderation.Domain.Enforcements;
using Moderation.Features.Http;

namespace Moderation.Features.Delivery;

public static class ListWebhooks
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/webhooks", GetAsync).RequireAuthorization(Policies.Platform);

    private static async Task<Ok<List<WebhookShape>>> GetAsync(ModerationDb db, CancellationToken ct)
    {
        var rows = await db
            .Subscriptions.AsNoTracking()
            .Where(s => s.Status != SubscriptionStatus.Disabled)
            .OrderByDescending(s => s.Id)
            .ToListAsync(ct);
        return TypedResults.Ok(rows.ConvertAll(row => SubscribeWebhook.ShapeOf(row, null)));
    }
}
