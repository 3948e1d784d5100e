// All that is being decided about one subject in one lane, its place in the queue, and its life.
namespace Moderation.Domain.Cases;

public enum Lane
{
    General,
    ImminentHarm,
    ChildSafety,
}

/// <summary>S0 is the gravest (triage.md 5.1).</summary>
public enum Severity
{
    S0,
    S1,
    S2,
    S3,
    S4,
}

public enum SubjectKind
{
    Account,
    Meeting,
}

public sealed class Case
{
    public required CaseId Id { get; init; }

    /// <summary>The case reference, `TS-2026-000123` (case-package.md 1).</summary>
    public required string Reference { get; init; }
    public required SubjectKind SubjectKind { get; init; }
    public required Guid SubjectId { get; init; }
    public required Lane Lane { get; init; }
    public required DateTimeOffset OpenedAt { get; init; }
    public string Queue { get; set; } = DefaultQueue;
    public CaseStatus Status { get; private set; } = CaseStatus.Open;
    public required Severity Severity { get; set; }

    /// <summary>Until a person has decided, the severity is an estimate from the reason.</summary>
    public bool SeverityIsEstimate { get; set; } = true;

    /// <summary>Reason number of the gravest report.</summary>
    public required int Reason { get; set; }
    public int ReportCount { get; set; } = 1;
    public required DateTimeOffset DueAt { get; set; }
    public required int Band { get; set; }
    public required DateTimeOffset RankAt { get; set; }

    /// <summary>The four weighted terms of the rank as JSON, so that a person can be told why (triage.md 5.2).</summary>
    public required string RankTerms { get; set; }
    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>The subject's last decided case in this lane, when there was one (triage.md 3.3).</summary>
    public CaseId? PreviousCaseId { get; init; }

    /// <summary>Raised with every change; the strong ETag.</summary>
    public int Version { get; set; } = 1;

    public const string DefaultQueue = "general";

    /// <summary>Moves the case as <see cref="CaseLife"/> says; a refused move changes nothing.</summary>
    /// <returns>What has to be done in the same transaction.</returns>
    public Outcome<LifeStep<CaseStatus, CaseEffect>> Make(CaseMove move, CaseFact facts = CaseFact.None)
    {
        var step = CaseLife.Table.Step(Status, move, facts);
        if (step.Refusal is not null)
            return step;
        Status = step.Value.Next;
        Version++;
        return step;
    }
}
