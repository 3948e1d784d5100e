// A legal hold: what it covers is not destroyed before it ends or two custodians release it (legal-clocks.md 1).
using Moderation.Domain.Staff;

namespace Moderation.Domain.Legal;

public sealed class Hold
{
    public required HoldId Id { get; init; }

    /// <summary>A rule id of the table, such as `us.2703f`.</summary>
    public required string Basis { get; init; }

    /// <summary>The authority's reference or our own file number; no names.</summary>
    public required string Reference { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Accounts, reporter or subject; with the next two: what any list names is covered. Empty lists name nothing.</summary>
    public required Guid[] Accounts { get; init; }
    public required Guid[] Meetings { get; init; }
    public required Guid[] Cases { get; init; }

    /// <summary>Only reports that were filed in this period; null for an open end.</summary>
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }
    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>Null for a hold that only a release ends.</summary>
    public DateTimeOffset? EndsAt { get; init; }
    public required StaffId PlacedBy { get; init; }
    public StaffId? ReleaseAskedBy { get; private set; }
    public string? ReleaseReason { get; private set; }
    public StaffId? ReleasedBy { get; private set; }
    public DateTimeOffset? ReleasedAt { get; private set; }

    public bool IsActive(DateTimeOffset now) => ReleasedAt is null && (EndsAt is null || EndsAt > now);

    /// <summary>The first custodian asks; a second one, another person, releases it (LC-8).</summary>
    public Outcome<Hold> Release(StaffId by, string reason, DateTimeOffset now)
    {
        if (!IsActive(now))
            return HoldRefusals.Ended;
        if (ReleaseAskedBy is null)
            (ReleaseAskedBy, ReleaseReason) = (by, reason);
        else if (ReleaseAskedBy == by)
            return HoldRefusals.NeedsSecond;
        else
            (ReleasedBy, ReleasedAt) = (by, now);
        return this;
    }
}

public static class HoldRefusals
{
    public static Refusal Held { get; } =
        new(RefusalKind.Conflict, "hold.active", "A legal hold covers this evidence; it is not destroyed.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "hold.not-found", "There is no such hold.");

    public static Refusal Ended { get; } = new(RefusalKind.Conflict, "hold.ended", "The hold has ended already.");

    public static Refusal NeedsSecond { get; } =
        new(RefusalKind.Conflict, "hold.second-person", "You asked for it yourself; another custodian must agree.");

    public static Refusal UnknownBasis { get; } =
        new(RefusalKind.Unprocessable, "hold.unknown-basis", "The table of rules has no hold of this basis.");

    public static Refusal EmptyScope { get; } =
        new(RefusalKind.Unprocessable, "hold.empty-scope", "A hold names at least one account, meeting or case.");
}
