// One line of the event log, which is history, outbox and feed in one; and the inbox that makes a repeat harmless.
using Moderation.Domain;

namespace Moderation.Data;

public sealed class LoggedEvent
{
    public required EventId Id { get; init; }

    /// <summary>Dotted name of the contract, such as `report.filed`.</summary>
    public required string Kind { get; init; }

    /// <summary>The contract as snake_case JSON.</summary>
    public required string Payload { get; init; }
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The case whose history shows this line.</summary>
    public Guid? CaseId { get; set; }

    /// <summary>The account whose enforcement it changes; with <see cref="AccountVersion"/> it fixes the order outside (EV-5).</summary>
    public Guid? AccountId { get; set; }
    public long? AccountVersion { get; set; }

    /// <summary>`stf_…`, `acct_…`, `system:NAME`; never leaves the system.</summary>
    public string? Actor { get; set; }

    /// <summary>Set once every consumer has recorded the event; until then the pump hands it out again.</summary>
    public DateTimeOffset? DispatchedAt { get; set; }

    /// <summary>Times that handing it out has failed.</summary>
    public int Attempts { get; set; }
    public DateTimeOffset? NextAttemptAt { get; set; }

    /// <summary>Set when the pump has given up on it; it waits for a person.</summary>
    public DateTimeOffset? ParkedAt { get; set; }

    /// <summary>Class of the last failure, never its text.</summary>
    public string? Error { get; set; }
}

/// <summary>One consumer has taken one event; written in the transaction of its effect.</summary>
public sealed class InboxEntry
{
    public required string Consumer { get; init; }
    public required EventId EventId { get; init; }
    public required DateTimeOffset At { get; init; }
}
