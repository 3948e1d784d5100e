// Ends a webhook subscription: DELETE /v1/webhooks/{id}, and the worker when the receiver answers 410.
using System.Security.Claims;
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

public static class EndSubscription
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/v1/webhooks/{id}", DeleteAsync).RequireAuthorization(Policies.Platform);

    /// <summary>In the caller's transaction; the caller saves. False when it had ended before.</summary>
    public static async Task<bool> EndAsync(
        ModerationDb db,
        Subscription subscription,
        string cause,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (subscription.Make(SubscriptionMove.Disable).Refusal is not null)
            return false;
        var waiting = await db
            .Deliveries.Where(d =>
                d.SubscriptionId == subscription.Id
                && (d.Status == DeliveryStatus.Pending || d.Status == DeliveryStatus.Parked)
            )
            .ToListAsync(ct);
        foreach (var delivery in waiting)
            delivery.Status = DeliveryStatus.Dropped;
        db.Say(WebhookDisabled.Kind, new WebhookDisabled(subscription.Id.ToString(), cause), now).Actor = actor;
        return true;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        SubscriptionId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var rows = await db
            .Subscriptions.FromSql($"select *, xmin from webhook_subscriptions where id = {id.Value} for update")
            .AsTracking()
            .ToListAsync(ct);
        if (rows is not [var subscription] || subscription.Status == SubscriptionStatus.Disabled)
            return SubscriptionRefusals.NotFound.ToProblem();
        await EndAsync(db, subscription, "deleted", caller.Subject(), clock.GetUtcNow(), ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return TypedResults.NoContent();
    }
}
