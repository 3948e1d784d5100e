// A blind second look at a decision: who has it, what they thought, and how it ended (triage.md 10, 11).
using Moderation.Domain.Staff;

namespace Moderation.Domain.Cases;

public enum ReviewKind
{
    /// <summary>Due before release.</summary>
    SecondLook,

    /// <summary>Drawn by lot after release; holds nothing up.</summary>
    Sample,

    /// <summary>A strike that this decision counted is void: would one decide the same?</summary>
    KnockOn,

    /// <summary>A senior asks for a reversal; another has to ask for the same.</summary>
    Reversal,
}

public sealed class Review
{
    public required ReviewId Id { get; init; }
    public required CaseId CaseId { get; init; }
    public required DecisionId DecisionId { get; init; }
    public required ReviewKind Kind { get; init; }
    public ReviewState State { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When a lead was told that it is late.</summary>
    public DateTimeOffset? OverdueAt { get; set; }
    public StaffId? ReviewerId { get; set; }

    /// <summary>The reviewer's own decision as JSON, before the first one was shown.</summary>
    public string? Opinion { get; set; }
    public DateTimeOffset? SubmittedAt { get; set; }
    public StaffId? AdjudicatorId { get; set; }

    /// <summary>Whether the second opinion is shown first to whoever rules; drawn by lot.</summary>
    public bool SecondShownFirst { get; set; }

    /// <summary>`first`, `second` or `third`.</summary>
    public string? Ruling { get; set; }
    public string? RulingReason { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    public bool IsOpen => State is ReviewState.Waiting or ReviewState.InProgress or ReviewState.Differs;

    public Outcome<LifeStep<ReviewState, ReviewEffect>> Make(ReviewMove move, ReviewFact facts, DateTimeOffset now)
    {
        var step = ReviewLife.Table.Step(State, move, facts);
        if (step.Refusal is not null)
            return step;
        State = step.Value.Next;
        if (!IsOpen)
            EndedAt = now;
        return step;
    }
}
