// What becomes of decisions, in the event log: undo, release, second looks, strikes, appeals, labels.
namespace Moderation.Contracts.Triage;

/// <summary>The effects of a decision left.</summary>
public sealed record DecisionReleased(string CaseId, string DecisionId)
{
    public const string Kind = "decision.released";
}

/// <summary>A decision was taken back before anything of it left.</summary>
/// <param name="Cause"><c>undone</c>, <c>withdrawn</c> (before the second look), <c>recalled</c> (a graver report came).</param>
public sealed record DecisionWithdrawn(string CaseId, string DecisionId, string Cause)
{
    public const string Kind = "decision.withdrawn";
}

/// <param name="How"><c>overturned</c>, <c>reversed</c>, <c>superseded</c>.</param>
public sealed record DecisionChanged(string CaseId, string DecisionId, string How, string? AppealId)
{
    public const string Kind = "decision.changed";
}

public sealed record ReviewOpened(string CaseId, string ReviewId)
{
    public const string Kind = "review.opened";
}

public sealed record ReviewSubmitted(string CaseId, string ReviewId, bool Agreed)
{
    public const string Kind = "review.submitted";
}

public sealed record ReviewSettled(string CaseId, string ReviewId, string Ruling)
{
    public const string Kind = "review.settled";
}

/// <summary>Nobody has looked in time: for the lead.</summary>
public sealed record ReviewOverdue(string CaseId, string ReviewId)
{
    public const string Kind = "review.overdue";
}

public sealed record StrikeGiven(string CaseId, string StrikeId, string DecisionId, int Points)
{
    public const string Kind = "strike.given";
}

/// <param name="State"><c>expired</c>, <c>void</c>.</param>
public sealed record StrikeEnded(string StrikeId, string DecisionId, string State)
{
    public const string Kind = "strike.ended";
}

/// <summary>One step of an appeal.</summary>
/// <param name="Step"><c>filed</c>, <c>asked</c>, <c>answered</c>, <c>withdrawn</c>, <c>decided</c>, <c>undone</c>, <c>released</c>.</param>
public sealed record AppealMoved(string CaseId, string AppealId, string Step, string? Outcome = null)
{
    public const string Kind = "appeal.moved";
}

/// <param name="SubjectKind"><c>account</c>, <c>device</c>, <c>meeting</c>.</param>
public sealed record LabelSet(string LabelId, string SubjectKind, string Subject, string Code)
{
    public const string Kind = "label.set";
}

public sealed record LabelRemoved(string LabelId, string SubjectKind, string Subject, string Code)
{
    public const string Kind = "label.removed";
}

/// <summary>A senior opened a closed case again.</summary>
public sealed record CaseReopened(string CaseId, string Reason)
{
    public const string Kind = "case.reopened";
}
