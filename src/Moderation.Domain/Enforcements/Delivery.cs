// One event on its way to one subscription: its body, its attempts and how it ended (events.md 4, 7).
namespace Moderation.Domain.Enforcements;

public enum DeliveryStatus
{
    Pending,
    Delivered,

    /// <summary>Kept for the operator after the last failure; later events of the same account wait behind it.</summary>
    Parked,

    /// <summary>The subscription ended before the event could be sent.</summary>
    Dropped,
}

public sealed class Delivery
{
    public const int LastAttempt = 10;

    public required SubscriptionId SubscriptionId { get; init; }

    /// <summary>The `webhook-id` of every attempt.</summary>
    public required EventId EventId { get; init; }
    public required string Kind { get; init; }

    /// <summary>The account as the platform knows it; null for an event that has none. Order is kept within it (EV-5).</summary>
    public string? Account { get; init; }
    public long? AccountVersion { get; init; }

    /// <summary>Rendered once; every attempt sends these bytes.</summary>
    public required byte[] Body { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset NextAttemptAt { get; set; }
    public DeliveryStatus Status { get; set; }
    public int Attempts { get; set; }

    /// <summary>Until then one worker is at it; afterwards another may take it.</summary>
    public DateTimeOffset? LeasedUntil { get; set; }

    /// <summary>HTTP status of the last answer; null when there was none.</summary>
    public int? LastStatus { get; set; }

    /// <summary>Class of the last failure, never its text.</summary>
    public string? LastError { get; set; }
    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>
    /// When to try again after failed attempt number <paramref name="failed"/>, or null when it was the last one.
    /// <paramref name="jitter"/> is −1 to 1, of which a tenth counts; a later <paramref name="retryAfter"/> wins, up to 24 hours.
    /// </summary>
    public static DateTimeOffset? NextAfter(int failed, DateTimeOffset now, double jitter, DateTimeOffset? retryAfter)
    {
        if (failed >= LastAttempt)
            return null;
        var next = now + (WaitBefore(failed + 1) * (1 + (0.1 * jitter)));
        var latest = now + TimeSpan.FromHours(24);
        if (retryAfter is { } asked && asked > next)
            return asked < latest ? asked : latest;
        return next;
    }

    // The table of events.md 4.
    private static TimeSpan WaitBefore(int attempt) =>
        attempt switch
        {
            <= 1 => TimeSpan.Zero,
            2 => TimeSpan.FromSeconds(5),
            3 => TimeSpan.FromMinutes(5),
            4 => TimeSpan.FromMinutes(30),
            5 => TimeSpan.FromHours(2),
            6 => TimeSpan.FromHours(5),
            7 => TimeSpan.FromHours(10),
            8 => TimeSpan.FromHours(14),
            9 => TimeSpan.FromHours(20),
            _ => TimeSpan.FromHours(24),
        };
}
