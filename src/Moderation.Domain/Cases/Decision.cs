// What a person decided on a case: outcome, clause, severity, actions and why; and how far it has got.
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

    /// <summary>The chosen action as its code (`none`, `warn`, `friction`, `suspend`, `ban`).</summary>
    public required string Action { get; init; }
    public required string RecommendedAction { get; init; }

    /// <summary>Measures, scope and duration as JSON.</summary>
    public string? ActionParameters { get; init; }

    /// <summary>What is done besides: `end_sessions`, `refer_authority`, `file_cybertip`.</summary>
    public string[] Also { get; init; } = [];

    /// <summary>How the recommendation came about, as JSON (triage.md 8.3); null unless the outcome is a violation.</summary>
    public string? Derivation { get; init; }

    /// <summary>Why something else than the recommendation was chosen, as a code of the policy.</summary>
    public string? DeviationCode { get; init; }
    public string? DeviationReason { get; init; }

    /// <summary>Points that counted besides this decision's own; a later void is held against them.</summary>
    public int PointsBefore { get; init; }
    public required string Rationale { get; init; }

    /// <summary>What the decision points at, as JSON.</summary>
    public required string Citations { get; init; }
    public required bool EvidenceOpened { get; init; }
    public required StaffId DecidedBy { get; init; }
    public required DateTimeOffset DecidedAt { get; init; }

    /// <summary>The case that decides it, of a duplicate.</summary>
    public CaseId? DuplicateOf { get; init; }

    /// <summary>The decision that this one takes the place of, on appeal.</summary>
    public DecisionId? Replaces { get; init; }
    public DecisionState State { get; private set; } = DecisionState.Released;

    /// <summary>Length of the time to undo, from the moment nothing else is waited for.</summary>
    public int GraceSeconds { get; init; }

    /// <summary>When its effects leave; null while it is reviewed.</summary>
    public DateTimeOffset? ReleaseAt { get; set; }
    public DateTimeOffset? ReleasedAt { get; set; }

    /// <summary>The milder duration of two that agreed, in seconds (triage.md 10).</summary>
    public long? AgreedSeconds { get; set; }

    public string? Family => Clause?.Split('.')[0];

    /// <summary>Decided and in effect at some time: what a history, an export or a figure counts.</summary>
    public static System.Linq.Expressions.Expression<Func<Decision, bool>> TookEffect { get; } =
        d =>
            d.State == DecisionState.Released
            || d.State == DecisionState.Overturned
            || d.State == DecisionState.Reversed
            || d.State == DecisionState.Superseded;

    /// <summary>Sets where a new decision starts; rows of before there was a grace are released.</summary>
    public Decision StartingIn(DecisionState state)
    {
        State = state;
        return this;
    }

    public Outcome<LifeStep<DecisionState, DecisionEffect>> Make(DecisionMove move)
    {
        var step = DecisionLife.Table.Step(State, move, DecisionFact.None);
        if (step.Refusal is null)
            State = step.Value.Next;
        return step;
    }

    /// <summary>Holds the effects back from now on.</summary>
    public void HoldFrom(DateTimeOffset now) => ReleaseAt = now.AddSeconds(GraceSeconds);
}
