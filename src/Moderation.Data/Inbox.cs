// Lets a consumer take an event once: its effect is saved in the same transaction as the note that it was taken.
using Microsoft.EntityFrameworkCore;

namespace Moderation.Data;

public static class Inbox
{
    /// <summary>
    /// Runs <paramref name="effect"/>, saves and commits, unless this consumer has taken the event before: then false, and nothing happens.
    /// </summary>
    /// <param name="db">Of the consumer's own scope; no transaction may be open.</param>
    /// <param name="consumer">The name of the consumer's class; the pump waits until it finds it in the inbox.</param>
    /// <param name="eventId">`MessageId` of the consume context.</param>
    public static async Task<bool> TakeAsync(
        this ModerationDb db,
        string consumer,
        Guid? eventId,
        DateTimeOffset now,
        Func<Task> effect,
        CancellationToken ct
    )
    {
        var id = eventId ?? throw new ArgumentNullException(nameof(eventId));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // A second pump that holds the same event waits here until the first has committed, then inserts nothing.
        var taken = await db.Database.ExecuteSqlAsync(
            $"insert into inbox (consumer, event_id, at) values ({consumer}, {id}, {now}) on conflict do nothing",
            ct
        );
        if (taken == 0)
            return false;
        await effect();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }
}
