// The destruction of one report's evidence: asked for by one custodian, carried out on the word of a second.
using Moderation.Domain.Staff;

namespace Moderation.Domain.Reports;

public sealed class EvidenceDestruction
{
    public required ReportId ReportId { get; init; }

    /// <summary>Why, 1 .. 512 characters; it stands in the certificate.</summary>
    public required string Reason { get; init; }
    public required StaffId AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public StaffId? ApprovedBy { get; set; }
    public DateTimeOffset? DestroyedAt { get; set; }

    /// <summary>The vault's signed certificate; null until it is destroyed.</summary>
    public byte[]? Certificate { get; set; }
}
