// Enforcement contracts, version 1: what a consuming platform has to obey (events.md 2). Fields are added, never renamed.
namespace Moderation.Contracts.Enforcement.V1;

/// <summary>Who decided, and nothing finer: no analyst identity ever leaves (EV-2).</summary>
public enum DecidedBy
{
    Policy,
    Staff,
    Appeal,
}

/// <param name="Measure">A measure of events.md 2.</param>
/// <param name="Scope"><c>account</c>, <c>device</c>, <c>network</c>.</param>
public sealed record FrictionMeasure(string Measure, string Scope, DateTimeOffset? Until);

/// <summary>The full resulting state, so that a consumer that missed some can jump to the newest (EV-6).</summary>
public sealed record AccountState(
    bool Suspended,
    DateTimeOffset? SuspendedUntil,
    IReadOnlyList<FrictionMeasure> Friction,
    bool Purged
);

/// <summary>The common header of every contract (events.md 2).</summary>
public sealed record EnforcementHeader(
    string EventId,
    string CausationId,
    string CorrelationId,
    string DecisionId,
    string TenantId,
    string AccountId,
    long AccountVersion,
    DateTimeOffset OccurredAt,
    DecidedBy DecidedBy,
    IReadOnlyDictionary<string, string> UserMessage,
    bool NotifyUser,
    AccountState StateAfter
);

public sealed record AccountWarned(EnforcementHeader Header)
{
    public const string Kind = "enforcement.account.warned";
}

public sealed record AccountFrictionApplied(
    EnforcementHeader Header,
    IReadOnlyList<FrictionMeasure> Measures,
    string RiskLevel,
    string? PreviousRiskLevel
)
{
    public const string Kind = "enforcement.friction.applied";
}

/// <param name="Cause"><c>expired</c>, <c>appeal</c>, <c>review</c>, <c>superseded</c>.</param>
public sealed record AccountFrictionLifted(
    EnforcementHeader Header,
    IReadOnlyList<FrictionMeasure> Measures,
    string Cause
)
{
    public const string Kind = "enforcement.friction.lifted";
}

/// <param name="Until">Null means until further notice.</param>
/// <param name="Scope"><c>all</c>, <c>hosting</c>, <c>joining</c>.</param>
public sealed record AccountSuspended(EnforcementHeader Header, DateTimeOffset? Until, string Scope, bool Hijack)
{
    public const string Kind = "enforcement.account.suspended";
}

/// <param name="Cause"><c>expired</c>, <c>appeal</c>, <c>review</c>, <c>mistake</c>.</param>
public sealed record AccountReinstated(EnforcementHeader Header, string Cause)
{
    public const string Kind = "enforcement.account.reinstated";
}

/// <summary>Remove from running meetings, with a suspension (then after it, EV-5) or alone.</summary>
/// <param name="Sessions"><c>all</c>, or opaque ids.</param>
/// <param name="Meetings"><c>all</c>, or the platform's ids.</param>
public sealed record SessionsRevoked(
    EnforcementHeader Header,
    IReadOnlyList<string> Sessions,
    IReadOnlyList<string> Meetings
)
{
    public const string Kind = "enforcement.sessions.revoked";

    /// <summary>Everything; stands alone in its list and goes out as the word <c>all</c>.</summary>
    public static IReadOnlyList<string> All { get; } = ["all"];
}

/// <summary>
/// An announced visit to a meeting that is not end-to-end encrypted was approved (triage.md 21). It concerns a meeting and no
/// account, and names no member of staff.
/// </summary>
/// <param name="MeetingId">As the platform knows it.</param>
public sealed record VisitRequested(
    string EventId,
    string VisitId,
    string MeetingId,
    string ReasonCode,
    DateTimeOffset ExpiresAt,
    DateTimeOffset OccurredAt
)
{
    public const string Kind = "visit.requested";
}
