// What triage says in the event log.
namespace Moderation.Contracts.Triage;

public sealed record CaseOpened(string CaseId, string Reference, string Lane)
{
    public const string Kind = "case.opened";
}

/// <summary>A further report went into a case that stood open.</summary>
public sealed record CaseJoined(string CaseId, string ReportId)
{
    public const string Kind = "case.joined";
}

public sealed record CaseClaimed(string CaseId, string ClaimId, int Fence)
{
    public const string Kind = "case.claimed";
}

/// <summary>A claim ended without a decision: its holder let go, or its lease passed and somebody else claimed.</summary>
/// <param name="End"><c>released</c>, <c>expired</c>.</param>
public sealed record CaseReleased(string CaseId, string ClaimId, int Fence, string End)
{
    public const string Kind = "case.released";
}

public sealed record CaseViewed(string CaseId)
{
    public const string Kind = "case.viewed";
}

/// <summary>A decision stands. Enforcement takes its measures from here.</summary>
public sealed record CaseDecided(string CaseId, string DecisionId, string Outcome, string? Clause, string Action)
{
    public const string Kind = "case.decided";
}
