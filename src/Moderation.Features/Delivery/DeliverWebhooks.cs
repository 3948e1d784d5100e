// Sends queued deliveries, in order within an account, until they are accepted, dropped or parked (events.md 4).
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Webhooks;
using Moderation.Data;
using Moderation.Domain.Enforcements;

namespace Moderation.Features.Delivery;

public sealed class DeliverWebhooks(
    IServiceScopeFactory scopes,
    WebhookSender sender,
    SecretBox box,
    DeliverySignal signal,
    TimeProvider clock,
    ILogger<DeliverWebhooks> log
) : BackgroundService
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    // Longer than an attempt can take, so that only a dead worker's deliveries are taken over.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> running = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            running.RemoveAll(task => task.IsCompleted);
            List<Claimed> claimed = [];
            try
            {
                if (running.Count < AtOnce)
                    claimed = await ClaimAsync(AtOnce - running.Count, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError("Deliveries cannot be read: {ErrorClass}; the worker goes on.", e.GetType().Name);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
            running.AddRange(claimed.Select(delivery => AttemptSafelyAsync(delivery, stoppingToken)));
            if (claimed.Count == 0)
                await signal.WaitAsync(Poll, stoppingToken);
        }
        await Task.WhenAll(running);
    }

    /// <summary>Sends what is due now, once, and returns how many attempts were made.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var claimed = await ClaimAsync(AtOnce, ct);
        await Task.WhenAll(claimed.Select(delivery => AttemptAsync(delivery, ct)));
        return claimed.Count;
    }

    private async Task<List<Claimed>> ClaimAsync(int atMost, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        var now = clock.GetUtcNow();
        var leasedUntil = now + Lease;
        var deliveries = await db
            .Deliveries.FromSql(
                $"""
                update deliveries d set leased_until = {leasedUntil}, attempts = d.attempts + 1
                from (
                    select p.subscription_id, p.event_id
                    from deliveries p join webhook_subscriptions s on s.id = p.subscription_id
                    where p.status = 'Pending' and p.next_attempt_at <= {now}
                      and (p.leased_until is null or p.leased_until <= {now})
                      and (s.status in ('Active', 'Failing') or (s.status = 'Pending' and p.kind = {OutwardJson.TestKind}))
                      and not exists (
                        select 1 from deliveries e
                        where e.subscription_id = p.subscription_id and e.account = p.account
                          and e.account_version < p.account_version and e.status in ('Pending', 'Parked'))
                    order by p.next_attempt_at, p.event_id limit {atMost} for update of p skip locked
                ) pick
                where d.subscription_id = pick.subscription_id and d.event_id = pick.event_id
                returning d.*
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        var ids = deliveries.Select(d => d.SubscriptionId).Distinct().ToList();
        var subscriptions = await db
            .Subscriptions.AsNoTracking()
            .Where(s => ids.Contains(s.Id))
            .ToDictionaryAsync(s => s.Id, ct);
        return [.. deliveries.Select(d => new Claimed(d, subscriptions[d.SubscriptionId]))];
    }

    private async Task AttemptSafelyAsync(Claimed claimed, CancellationToken ct)
    {
        try
        {
            await AttemptAsync(claimed, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // The lease runs out, and the attempt is made again.
            log.LogError(
                "Delivery {EventId} to {SubscriptionId} could not be concluded: {ErrorClass}.",
                claimed.Delivery.EventId,
                claimed.Delivery.SubscriptionId,
                e.GetType().Name
            );
        }
        catch (OperationCanceledException)
        {
            // The process stops; the lease runs out.
        }
        signal.Set();
    }

    private async Task AttemptAsync(Claimed claimed, CancellationToken ct)
    {
        var (delivery, subscription) = claimed;
        var secret = box.Open(subscription.SealedSecret, subscription.Id);
        var result = await sender.SendAsync(subscription.Url, delivery.EventId.ToString(), delivery.Body, [secret], ct);
        CryptographicOperations.ZeroMemory(secret);
        await ConcludeAsync(delivery, result, ct);
    }

    private async Task ConcludeAsync(Domain.Enforcements.Delivery sent, SendResult result, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Attempts to one subscription end one after the other, so that none overwrites another's count.
        var rows = await db
            .Subscriptions.FromSql(
                $"select *, xmin from webhook_subscriptions where id = {sent.SubscriptionId.Value} for update"
            )
            .AsTracking()
            .ToListAsync(ct);
        var subscription = rows.Single();
        var delivery = await db.Deliveries.SingleAsync(
            d => d.SubscriptionId == sent.SubscriptionId && d.EventId == sent.EventId,
            ct
        );
        // Somebody else took it over after our lease ran out, or the subscription ended meanwhile: theirs counts.
        if (delivery.Status != DeliveryStatus.Pending || delivery.Attempts != sent.Attempts)
            return;

        var now = clock.GetUtcNow();
        delivery.LastStatus = result.Status;
        delivery.LastError = result.Error;
        delivery.LeasedUntil = null;
        if (result.Succeeded)
            Accept(subscription, delivery, now);
        else if (result.Status == 410)
            await DisableAsync(db, subscription, "gone", now, ct);
        else
            await PutOffAsync(db, subscription, delivery, result, now, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private static void Accept(Subscription subscription, Domain.Enforcements.Delivery delivery, DateTimeOffset now)
    {
        delivery.Status = DeliveryStatus.Delivered;
        delivery.DeliveredAt = now;
        subscription.Succeeded(now);
        if (delivery.Kind == OutwardJson.TestKind && subscription.Status == SubscriptionStatus.Pending)
            subscription.Make(SubscriptionMove.Confirm);
    }

    private async Task PutOffAsync(
        ModerationDb db,
        Subscription subscription,
        Domain.Enforcements.Delivery delivery,
        SendResult result,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (subscription.Failed(now))
            log.LogError("Webhook {SubscriptionId} is failing: no success for 24 hours.", subscription.Id);
        // ±10 % of jitter, so that a receiver that comes back is not met by all at once.
        var jitter = (RandomNumberGenerator.GetInt32(0, 2001) - 1000) / 1000.0;
        if (Domain.Enforcements.Delivery.NextAfter(delivery.Attempts, now, jitter, result.RetryAfter) is { } next)
        {
            delivery.NextAttemptAt = next;
            return;
        }
        delivery.Status = DeliveryStatus.Parked;
        db.Say(
            DeliveryParked.Kind,
            new DeliveryParked(delivery.EventId.ToString(), subscription.Id.ToString(), result.Status),
            now
        );
        log.LogError(
            "Delivery {EventId} to {SubscriptionId} is parked after {Attempt} attempts ({Status} {ErrorClass}).",
            delivery.EventId,
            subscription.Id,
            delivery.Attempts,
            result.Status,
            result.Error
        );
        // A URL that never answered its test is not enabled, and what waited for it is not kept (EV-13).
        if (delivery.Kind == OutwardJson.TestKind && subscription.Status == SubscriptionStatus.Pending)
            await DisableAsync(db, subscription, "never-answered", now, ct);
    }

    private async Task DisableAsync(
        ModerationDb db,
        Subscription subscription,
        string cause,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await EndSubscription.EndAsync(db, subscription, cause, "system:delivery", now, ct);
        log.LogError("Webhook {SubscriptionId} is disabled: {Cause}.", subscription.Id, cause);
    }

    private sealed record Claimed(Domain.Enforcements.Delivery Delivery, Subscription Subscription);
}
