// A release of evidence to an authority, as the API takes and shows it.
using System.Text.Json;

namespace Moderation.Contracts.Legal;

/// <param name="Country">ISO 3166-1, two letters.</param>
public sealed record AuthorityShape(string Name, string Country, string Contact);

/// <summary>What is asked for: categories of case-package.md 6.1 and a closed period.</summary>
public sealed record LegalScope(IReadOnlyList<string> Categories, DateTimeOffset From, DateTimeOffset To);

/// <param name="ServedAt">When service was valid; null while it is not, which a compelled basis does not allow.</param>
public sealed record LegalProcessRequest(
    string Basis,
    AuthorityShape Authority,
    string Reference,
    DateTimeOffset ReceivedAt,
    DateTimeOffset? ServedAt,
    string ServedBy,
    LegalScope Scope,
    string? BasisCitation = null
);

/// <param name="Segments">Indexes into the report, any order.</param>
/// <param name="RecipientKey">The authority's X25519 public key, base64url.</param>
public sealed record ExportRequest(
    string CaseId,
    LegalProcessRequest Process,
    string ReportId,
    IReadOnlyList<int> Segments,
    string RecipientKey
);

/// <param name="Approval">COSE_Sign1 over <c>grant_payload</c> by an enrolled approval key of the caller, base64url.</param>
public sealed record ExportApprovalRequest(string Approval);

/// <param name="KeyRequest">COSE_Sign1 of evidence-bundle.md 20.1 whose recipient is the authority's key, base64url.</param>
public sealed record ExportBuildRequest(string KeyRequest);

/// <param name="By">Pseudonym among colleagues.</param>
public sealed record ExportApprovalShape(string By, string Role, DateTimeOffset At);

/// <param name="Name">File name, <c>TS-2026-000123-X01-V01.tar</c>.</param>
public sealed record PackageShape(string Name, long Bytes, string Sha256);

/// <summary>A release as a list shows it.</summary>
/// <param name="Status"><c>planned</c>, <c>approved</c>, <c>staging</c>, <c>published</c>, <c>failed</c>.</param>
/// <param name="Reference">The authority's own reference.</param>
/// <param name="Approvals">0 to 2.</param>
public sealed record ExportRow(
    string Id,
    string CaseId,
    string Name,
    string Status,
    string Basis,
    string Authority,
    string Reference,
    string RequestedBy,
    DateTimeOffset RequestedAt,
    int Approvals,
    DateTimeOffset? PublishedAt
);

/// <param name="Status"><c>planned</c>, <c>approved</c>, <c>staging</c>, <c>published</c>, <c>failed</c>.</param>
/// <param name="GrantPayload">What both approvals sign, base64url (evidence-bundle.md 19.1).</param>
public sealed record ExportShape(
    string Id,
    string CaseId,
    string CaseReference,
    string Name,
    string Status,
    string ReportId,
    IReadOnlyList<int> Segments,
    string ProcessId,
    LegalProcessRequest Process,
    JsonElement Plan,
    string PlanSha256,
    string RecipientKey,
    string GrantPayload,
    string RequestedBy,
    DateTimeOffset RequestedAt,
    IReadOnlyList<ExportApprovalShape> Approvals,
    DateTimeOffset? PublishedAt,
    PackageShape? Package,
    string? Failure
);
