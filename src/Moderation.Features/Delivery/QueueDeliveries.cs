// On an enforcement event: renders it once and queues it for every subscription.
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Enforcements;

namespace Moderation.Features.Delivery;

public sealed class QueueDeliveries(ModerationDb db, DeliverySignal signal, TimeProvider clock)
    : IConsumer<AccountWarned>,
        IConsumer<AccountFrictionApplied>,
        IConsumer<AccountFrictionLifted>,
        IConsumer<AccountSuspended>,
        IConsumer<AccountReinstated>,
        IConsumer<SessionsRevoked>,
        IConsumer<VisitRequested>
{
    public Task Consume(ConsumeContext<AccountWarned> context) =>
        QueueAsync(context, AccountWarned.Kind, context.Message.Header, OutwardJson.Render(context.Message));

    public Task Consume(ConsumeContext<AccountFrictionApplied> context) =>
        QueueAsync(context, AccountFrictionApplied.Kind, context.Message.Header, OutwardJson.Render(context.Message));

    public Task Consume(ConsumeContext<AccountFrictionLifted> context) =>
        QueueAsync(context, AccountFrictionLifted.Kind, context.Message.Header, OutwardJson.Render(context.Message));

    public Task Consume(ConsumeContext<AccountSuspended> context) =>
        QueueAsync(context, AccountSuspended.Kind, context.Message.Header, OutwardJson.Render(context.Message));

    public Task Consume(ConsumeContext<AccountReinstated> context) =>
        QueueAsync(context, AccountReinstated.Kind, context.Message.Header, OutwardJson.Render(context.Message));

    public Task Consume(ConsumeContext<SessionsRevoked> context) =>
        QueueAsync(context, SessionsRevoked.Kind, context.Message.Header, OutwardJson.Render(context.Message));

    // About a meeting: no account, and so no order to keep.
    public Task Consume(ConsumeContext<VisitRequested> context) =>
        QueueAsync(context, VisitRequested.Kind, null, OutwardJson.Render(context.Message));

    private async Task QueueAsync(ConsumeContext context, string kind, EnforcementHeader? header, byte[] body)
    {
        var ct = context.CancellationToken;
        var now = clock.GetUtcNow();
        var eventId = EventId.From(context.MessageId!.Value);
        await db.TakeAsync(
            nameof(QueueDeliveries),
            context.MessageId,
            now,
            async () =>
            {
                // A subscription that has not answered its test yet gets the event once it has.
                var subscriptions = await db
                    .Subscriptions.Where(s => s.Status != SubscriptionStatus.Disabled)
                    .Select(s => s.Id)
                    .ToListAsync(ct);
                db.Deliveries.AddRange(
                    subscriptions.Select(subscription => new Domain.Enforcements.Delivery
                    {
                        SubscriptionId = subscription,
                        EventId = eventId,
                        Kind = kind,
                        Account = header?.AccountId,
                        AccountVersion = header?.AccountVersion,
                        Body = body,
                        CreatedAt = now,
                        NextAttemptAt = now,
                    })
                );
            },
            ct
        );
        signal.Set();
    }
}
