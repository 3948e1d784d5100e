// What the release of evidence says in the event log.
namespace Moderation.Contracts.Legal;

public sealed record ExportRequested(string ExportId, string CaseId, string ReportId, string ProcessId)
{
    public const string Kind = "export.requested";
}

/// <summary>One of the two approvals.</summary>
/// <param name="Approvals">How many there are with this one.</param>
public sealed record ExportApproved(string ExportId, string CaseId, int Approvals)
{
    public const string Kind = "export.approved";
}

/// <param name="Package">File name of the archive.</param>
/// <param name="CustodyHead">Link value of the last custody line in the package, hex.</param>
public sealed record ExportPublished(
    string ExportId,
    string CaseId,
    string Package,
    long Bytes,
    string Sha256,
    string CustodyHead
)
{
    public const string Kind = "export.published";
}

public sealed record ExportFailed(string ExportId, string CaseId, string Code)
{
    public const string Kind = "export.failed";
}
