// Lets the operator send a parked delivery again, with the same event id: POST /v1/webhooks/{id}/deliveries/{event}:resend.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Webhooks;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Enforcements;
using Moderation.Features.Http;

namespace Moderation.Features.Delivery;

public static class ResendDelivery
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/webhooks/{id}/deliveries/{eventId}:resend", PostAsync).RequireAuthorization(Policies.Admin);

    private static async Task<Results<NoContent, ProblemHttpResult>> PostAsync(
        SubscriptionId id,
        EventId eventId,
        ClaimsPrincipal caller,
        ModerationDb db,
        DeliverySignal signal,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var rows = await db
            .Deliveries.FromSql(
                $"select * from deliveries where subscription_id = {id.Value} and event_id = {eventId.Value} for update"
            )
            .AsTracking()
            .ToListAsync(ct);
        if (rows is not [var delivery])
            return SubscriptionRefusals.DeliveryNotFound.ToProblem();
        if (delivery.Status != DeliveryStatus.Parked)
            return SubscriptionRefusals.DeliveryNotParked.ToProblem();
        delivery.Status = DeliveryStatus.Pending;
        delivery.Attempts = 0;
        delivery.NextAttemptAt = now;
        db.Say(DeliveryResent.Kind, new DeliveryResent(eventId.ToString(), id.ToString()), now).Actor =
            caller.Subject();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        signal.Set();
        return TypedResults.NoContent();
    }
}
