// One measure in force against an account, with its start, its end and why it ended.
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;

namespace Moderation.Domain.Enforcements;

public enum EnforcementKind
{
    Friction,
    Suspension,
}

public enum EnforcementEnd
{
    Expired,
    Appeal,
    Review,
    Superseded,
    Mistake,
}

public sealed class Enforcement
{
    public required EnforcementId Id { get; init; }
    public required DecisionId DecisionId { get; init; }
    public required AccountId AccountId { get; init; }
    public required EnforcementKind Kind { get; init; }

    /// <summary>Measure of events.md 2 for friction; null for a suspension.</summary>
    public string? Measure { get; init; }

    /// <summary>`account`, `device`, `network` for friction; `all`, `hosting`, `joining` for a suspension.</summary>
    public required string Scope { get; init; }
    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>Null means until further notice.</summary>
    public DateTimeOffset? Until { get; set; }
    public DateTimeOffset? EndedAt { get; private set; }
    public EnforcementEnd? End { get; private set; }

    /// <summary>The decision whose measure took this one's place; it comes back if that decision falls before its time.</summary>
    public DecisionId? SupersededBy { get; private set; }

    public bool InForce => EndedAt is null;

    public void EndNow(EnforcementEnd end, DateTimeOffset now)
    {
        if (!InForce)
            throw new InvalidOperationException("An enforcement ends once.");
        (EndedAt, End) = (now, end);
    }

    public void GiveWayTo(DecisionId later, DateTimeOffset now)
    {
        EndNow(EnforcementEnd.Superseded, now);
        SupersededBy = later;
    }

    /// <summary>Whether everything the other one does is also done by this one, at least as long.</summary>
    public bool Covers(Enforcement other) =>
        Kind == other.Kind
        && Measure == other.Measure
        && (Scope == other.Scope || (Kind == EnforcementKind.Suspension && Scope == "all"))
        && (Until is null || Until >= other.Until);
}
