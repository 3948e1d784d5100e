// A lease that lets one person work on one case, with a fence that tells a late write from a live one.
using Moderation.Domain.Staff;

namespace Moderation.Domain.Cases;

public enum ClaimEnd
{
    Released,
    Expired,
    Done,
}

public sealed class Claim
{
    public required ClaimId Id { get; init; }
    public required CaseId CaseId { get; init; }
    public required StaffId StaffId { get; init; }

    /// <summary>Rises by 1 with every claim on the same case; a write carries it (triage.md 6.1).</summary>
    public required int Fence { get; init; }
    public required DateTimeOffset ClaimedAt { get; init; }
    public required DateTimeOffset LeaseExpiresAt { get; set; }
    public DateTimeOffset? ReleasedAt { get; set; }
    public ClaimEnd? End { get; set; }
}
