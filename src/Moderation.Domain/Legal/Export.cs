// One release of evidence to an authority: the plan that two people approve, and the life of its package.
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;

namespace Moderation.Domain.Legal;

public enum ExportStatus
{
    Planned,
    Approved,
    Staging,
    Published,
    Failed,
}

public enum ExportMove
{
    /// <summary>The second of two approvals came.</summary>
    Approve,
    Stage,

    /// <summary>The vault said no before anything was written: the approvals stand.</summary>
    StandBack,
    Publish,
    Fail,
}

public sealed class Export
{
    /// <summary>An approval is good for so long (CP-21).</summary>
    public static readonly TimeSpan ApprovalLife = TimeSpan.FromHours(24);

    public required ExportId Id { get; init; }
    public required CaseId CaseId { get; init; }

    /// <summary>Counts the exports of a case from 1; never used again, also not after a failure.</summary>
    public required int Number { get; init; }

    /// <summary>`LP-2026-0001`.</summary>
    public required string ProcessId { get; init; }

    /// <summary>The legal process as the liaison entered it, as JSON.</summary>
    public required string Process { get; init; }
    public required ReportId ReportId { get; init; }
    public required string Exhibit { get; init; }

    /// <summary>Ascending.</summary>
    public required int[] Segments { get; init; }

    /// <summary>The authority's X25519 public key, 32 bytes.</summary>
    public required byte[] Recipient { get; init; }

    /// <summary>Payload that both approvals sign (evidence-bundle.md 19.1).</summary>
    public required byte[] GrantTerms { get; init; }

    /// <summary>The release plan as JCS text (case-package.md 6.3); it never changes.</summary>
    public required string Plan { get; init; }
    public required StaffId RequestedBy { get; init; }
    public required DateTimeOffset RequestedAt { get; init; }
    public ExportStatus Status { get; private set; } = ExportStatus.Planned;
    public DateTimeOffset? PublishedAt { get; set; }
    public long? ArchiveBytes { get; set; }

    /// <summary>SHA-256 of the published archive, lower-case hex.</summary>
    public string? ArchiveSha256 { get; set; }

    /// <summary>Why it failed: a code, no text.</summary>
    public string? Failure { get; set; }

    public Outcome<Export> Make(ExportMove move)
    {
        if (After(Status, move) is not { } next)
            return ExportRefusals.CannotMove(Status, move);
        Status = next;
        return this;
    }

    /// <summary>`TS-2026-000123-X01-V01`; one volume is all there is for now.</summary>
    public string PackageName(string reference) => $"{GroupName(reference)}-V01";

    public string GroupName(string reference) => $"{reference}-X{Number:D2}";

    // The whole life of an export (case-package.md 15, docs/decisions/0031). A move that is not listed is refused.
    private static ExportStatus? After(ExportStatus status, ExportMove move) =>
        (status, move) switch
        {
            (ExportStatus.Planned, ExportMove.Approve) => ExportStatus.Approved,
            (ExportStatus.Approved, ExportMove.Stage) => ExportStatus.Staging,
            (ExportStatus.Staging, ExportMove.StandBack) => ExportStatus.Approved,
            (ExportStatus.Staging, ExportMove.Publish) => ExportStatus.Published,
            (ExportStatus.Planned or ExportStatus.Approved or ExportStatus.Staging, ExportMove.Fail) =>
                ExportStatus.Failed,
            _ => null,
        };
}

/// <summary>One of the two approvals: whose, when, and the signature the vault asks for.</summary>
public sealed class ExportApproval
{
    public required ExportId ExportId { get; init; }
    public required StaffId StaffId { get; init; }
    public required StaffRole Role { get; init; }

    /// <summary>COSE_Sign1 over the grant's payload.</summary>
    public required byte[] Approval { get; init; }
    public required DateTimeOffset At { get; init; }
}
