// Erases what an event says and leaves its place in the audit log verifiable: the salt of its digest goes with it.
using Microsoft.EntityFrameworkCore;
using Moderation.Domain;

namespace Moderation.Data;

/// <summary>What one line of the event log said was erased; the entry in the audit log stays.</summary>
/// <param name="EventId">`evt_…`.</param>
/// <param name="Rule">Code of the retention rule or request that asked for it.</param>
public sealed record EventErased(string EventId, string Rule)
{
    public const string Kind = "audit.event-erased";
}

public static class EventErasure
{
    /// <summary>
    /// Empties payload, actor and salt, and says so, in the caller's transaction. An event that has no leaf yet is
    /// left alone, since its digest would be taken over nothing: false, try again a second later.
    /// </summary>
    public static async Task<bool> EraseEventAsync(
        this ModerationDb db,
        EventId id,
        string rule,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var unsalted = await db.Database.ExecuteSqlAsync(
            $"update audit_leaves set salt = null where event_id = {id.Value} and form = 'Event' and salt is not null",
            ct
        );
        if (unsalted == 0)
            return false;
        await db.Database.ExecuteSqlAsync(
            $"update events set payload = 'null', actor = null where id = {id.Value}",
            ct
        );
        db.Say(EventErased.Kind, new EventErased(id.ToString(), rule), now).Actor = "system:retention";
        await db.SaveChangesAsync(ct);
        return true;
    }
}
