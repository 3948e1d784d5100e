// Hands every line of the event log to its consumers, and marks it dispatched once all of them have recorded it.
using System.Text.Json;
using MassTransit;
using MassTransit.Mediator;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Data;

namespace Moderation.Features.Delivery;

public sealed class EventPump(
    IServiceScopeFactory scopes,
    IMediator mediator,
    EventCatalog catalog,
    EventSignal signal,
    TimeProvider clock,
    ILogger<EventPump> log
) : BackgroundService
{
    /// <summary>After so many failures an event waits for a person.</summary>
    public const int LastAttempt = 8;
    private const int BatchSize = 32;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ConsumersMayTake = TimeSpan.FromSeconds(60);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var moved = 0;
            try
            {
                moved = await PumpAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The database is away or restarting: nothing is lost, the lines are still undispatched.
                log.LogError("The event pump failed with {ErrorClass}; it goes on.", ClassOf(e));
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
            if (moved == 0)
                await signal.WaitAsync(Poll, stoppingToken);
        }
    }

    /// <summary>Hands out one batch; returns how many lines were dispatched, put off or parked.</summary>
    public async Task<int> PumpAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        var moved = await SkipUnconsumedAsync(db, ct);

        // The row locks last until the end of the batch: another worker skips these lines, and a crash frees them.
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var batch = await TakeBatchAsync(db, ct);
        foreach (var line in batch)
            await HandOutAsync(db, line, ct);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return moved + batch.Count;
    }

    private async Task<int> SkipUnconsumedAsync(ModerationDb db, CancellationToken ct)
    {
        var consumed = catalog.ConsumedKinds;
        var now = clock.GetUtcNow();
        return await db.Database.ExecuteSqlAsync(
            $"""
            update events set dispatched_at = {now}
            where id in (
                select id from events where dispatched_at is null and kind <> all({consumed})
                order by id limit 1000 for update skip locked)
            """,
            ct
        );
    }

    private Task<List<LoggedEvent>> TakeBatchAsync(ModerationDb db, CancellationToken ct)
    {
        var consumed = catalog.ConsumedKinds;
        var now = clock.GetUtcNow();
        // One line an account at a time, oldest version first: its consumers see the versions in order (EV-5, EV-8),
        // and an event that keeps failing holds up nobody but its own account.
        return db
            .Events.FromSql(
                $"""
                select e.* from events e
                where e.dispatched_at is null and e.parked_at is null and e.kind = any({consumed})
                  and (e.next_attempt_at is null or e.next_attempt_at <= {now})
                  and not exists (
                    select 1 from events p
                    where p.account_id = e.account_id and p.account_version < e.account_version
                      and p.dispatched_at is null and p.parked_at is null)
                order by e.id limit {BatchSize} for update of e skip locked
                """
            )
            .AsTracking()
            .ToListAsync(ct);
    }

    private async Task HandOutAsync(ModerationDb db, LoggedEvent line, CancellationToken ct)
    {
        try
        {
            await PublishAsync(line, ct);
            var recorded = await db
                .Inbox.AsNoTracking()
                .Where(i => i.EventId == line.Id)
                .Select(i => i.Consumer)
                .ToListAsync(ct);
            if (catalog.ConsumersOf(line.Kind).Except(recorded).FirstOrDefault() is { } silent)
                throw new NotRecordedException($"{silent} returned without recording the event in the inbox.");
            line.DispatchedAt = clock.GetUtcNow();
            line.Error = null;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            PutOff(line, e);
        }
    }

    private async Task PublishAsync(LoggedEvent line, CancellationToken ct)
    {
        var contract = EventCatalog.ContractOf(line.Kind);
        var message =
            JsonSerializer.Deserialize(line.Payload, contract, ModerationDb.Json)
            ?? throw new JsonException("The payload is null.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ConsumersMayTake);
        await mediator.Publish(
            message,
            contract,
            Pipe.Execute<PublishContext>(context => context.MessageId = line.Id.Value),
            limit.Token
        );
    }

    private void PutOff(LoggedEvent line, Exception e)
    {
        line.Attempts++;
        line.Error = ClassOf(e);
        if (line.Attempts < LastAttempt)
        {
            line.NextAttemptAt = clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Pow(2, line.Attempts - 1));
            log.LogWarning(
                "Event {EventId} of kind {Kind} failed with {ErrorClass}, attempt {Attempt}; it is tried again.",
                line.Id,
                line.Kind,
                line.Error,
                line.Attempts
            );
            return;
        }
        line.ParkedAt = clock.GetUtcNow();
        log.LogError(
            "Event {EventId} of kind {Kind} is parked after {Attempt} attempts with {ErrorClass}.",
            line.Id,
            line.Kind,
            line.Attempts,
            line.Error
        );
    }

    // The class only: a message may quote data.
    private static string ClassOf(Exception e)
    {
        var inner = e.GetBaseException();
        var name = inner is Npgsql.PostgresException sql
            ? $"{nameof(Npgsql.PostgresException)} {sql.SqlState}"
            : inner.GetType().FullName ?? inner.GetType().Name;
        return name.Length <= 200 ? name : name[..200];
    }
}

/// <summary>A consumer took an event without `Inbox.TakeAsync`, so nobody can say that its effect is in.</summary>
public sealed class NotRecordedException(string message) : Exception(message);
