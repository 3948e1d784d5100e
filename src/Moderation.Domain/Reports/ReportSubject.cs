// Whom a report names, the case that decides about them, and what became of the report there.
namespace Moderation.Domain.Reports;

/// <summary>What became of a report in one case (triage.md 2.3).</summary>
public enum ReportDisposition
{
    /// <summary>It waits with its case.</summary>
    Attached,

    /// <summary>Decided with its case.</summary>
    Resolved,

    /// <summary>A decision that was made already covers it (triage.md 3.4).</summary>
    Covered,

    /// <summary>Its case closed because the evidence does not tell.</summary>
    Unverifiable,

    /// <summary>Its reporter took it back.</summary>
    Withdrawn,

    /// <summary>A senior marked it as filed in bad faith.</summary>
    Invalid,
}

/// <summary>One row a subject, with the case it went into.</summary>
public sealed class ReportSubject
{
    public required ReportId ReportId { get; init; }

    /// <summary>Changes when the roster names the account behind a pseudonym (triage.md 2.1).</summary>
    public required Cases.CaseId CaseId { get; set; }

    /// <summary>The named participant's pseudonym; empty when the meeting itself is the subject.</summary>
    public required byte[] Pseudonym { get; init; }
    public ReportDisposition Disposition { get; set; }
}
