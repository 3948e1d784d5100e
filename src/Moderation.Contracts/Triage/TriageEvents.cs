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

/// <summary>A report of the case lost its evidence: the case counts and ranks without it from here on.</summary>
/// <param name="State"><c>expired</c>, <c>withdrawn</c>.</param>
public sealed record CaseReportEnded(string CaseId, string ReportId, string State)
{
    public const string Kind = "case.report-ended";
}

/// <summary>A late report about what the case decided on already (triage.md 3.4): it ends here and opens nothing.</summary>
public sealed record CaseReportCovered(string CaseId, string ReportId)
{
    public const string Kind = "case.report-covered";
}

/// <summary>The roster named somebody whom a report had named by pseudonym alone: that part of the report moved on.</summary>
/// <param name="ToCaseId">The case of the account.</param>
public sealed record CaseSubjectResolved(string CaseId, string ReportId, string ToCaseId)
{
    public const string Kind = "case.subject-resolved";
}

/// <summary>The case closed undecided, since every report in it had moved to another.</summary>
public sealed record CaseEmptied(string CaseId)
{
    public const string Kind = "case.emptied";
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
