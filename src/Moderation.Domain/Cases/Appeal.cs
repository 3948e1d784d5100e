// A challenge to a decision, and what became of it (triage.md 12).
using Moderation.Domain.Staff;

namespace Moderation.Domain.Cases;

public enum AppealSide
{
    /// <summary>The restricted person.</summary>
    Subject,

    /// <summary>Whoever filed the report, against `no_violation`.</summary>
    Reporter,
}

public enum AppealOutcome
{
    Upheld,
    Overturned,
    Modified,
}

public sealed class Appeal
{
    public required AppealId Id { get; init; }
    public required CaseId CaseId { get; init; }
    public required DecisionId DecisionId { get; init; }
    public required AppealSide Side { get; init; }
    public AppealState State { get; private set; }
    public required DateTimeOffset FiledAt { get; init; }
    public required DateTimeOffset DueAt { get; init; }
    public required string Statement { get; init; }

    /// <summary>What was not known before; a second appeal of one side needs it.</summary>
    public string? NewMaterial { get; init; }
    public string? Question { get; set; }
    public DateTimeOffset? AnswerUntil { get; set; }
    public string? Answer { get; set; }
    public StaffId? HeardBy { get; set; }
    public AppealOutcome? Outcome { get; set; }
    public string? Reasons { get; set; }

    /// <summary>The decision that takes the old one's place, as JSON; for `modified` only.</summary>
    public string? Modification { get; set; }
    public int GraceSeconds { get; set; }
    public DateTimeOffset? ReleaseAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }

    public Outcome<LifeStep<AppealState, AppealEffect>> Make(AppealMove move, AppealFact facts)
    {
        var step = AppealLife.Table.Step(State, move, facts);
        if (step.Refusal is null)
            State = step.Value.Next;
        return step;
    }
}
