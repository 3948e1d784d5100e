// What a person decided on a case: outcome, clause, severity, actions and why.
using Moderation.Domain.Staff;

namespace Moderation.Domain.Cases;

public enum DecisionOutcome
{
    Violation,
    NoViolation,
    InsufficientEvidence,
    Duplicate,
    OutOfScope,
}

public sealed class Decision
{
    public required DecisionId Id { get; init; }
    public required CaseId CaseId { get; init; }
    public required int CaseVersion { get; init; }
    public required DecisionOutcome Outcome { get; init; }

    /// <summary>Clause code of the policy; null unless the outcome is a violation.</summary>
    public string? Clause { get; init; }
    public required string PolicyVersion { get; init; }
    public Severity? Severity { get; init; }

    /// <summary>The chosen action as its code (`none`, `warn`, `friction`, `suspend`).</summary>
    public required string Action { get; init; }
    public required string RecommendedAction { get; init; }

    /// <summary>Measures, scope and duration as JSON.</summary>
    public string? ActionParameters { get; init; }
    public required string Rationale { get; init; }

    /// <summary>What the decision points at, as JSON.</summary>
    public required string Citations { get; init; }
    public required bool EvidenceOpened { get; init; }
    public required StaffId DecidedBy { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }
}
