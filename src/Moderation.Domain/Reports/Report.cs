// One host's signed filing about one meeting, with the bundle that came along, and its life.
using Moderation.Domain.Accounts;
using Moderation.Domain.Meetings;

namespace Moderation.Domain.Reports;

public enum ReportState
{
    Uploading,
    Complete,
    Expired,
    Withdrawn,

    /// <summary>Wraps and ciphertext are gone; metadata and digests stay (triage.md 2.2).</summary>
    EvidenceDestroyed,
}

public enum ReportMove
{
    Complete,
    Expire,
    Withdraw,
    DestroyEvidence,
}

public sealed class Report
{
    public required ReportId Id { get; init; }

    /// <summary>
    /// SHA-256 of the manifest payload, or of the filing's when there is no bundle, 32 bytes; the report's identity everywhere.
    /// </summary>
    public required byte[] ContentId { get; init; }
    public required byte[] DeviceKid { get; init; }
    public required AccountId ReporterId { get; init; }
    public required MeetingId MeetingId { get; init; }
    public required byte[] Reporter { get; init; }

    /// <summary>Reason number of triage.md 16; the format allows any 32 bits, so it may be one that nobody knows.</summary>
    public required long Reason { get; init; }

    /// <summary>Header, manifest, table and receipts as received: everything but the sealed segments. Empty without a bundle, and
    /// once the evidence is destroyed: the signed manifest holds the wraps.</summary>
    public required byte[] HeadPart { get; set; }

    /// <summary>At least 1 with a bundle; 0 says that the report is a filing alone (triage.md 2.1).</summary>
    public required int SegmentCount { get; init; }
    public required long Counter { get; init; }
    public required long WindowStartMs { get; init; }
    public required long WindowEndMs { get; init; }
    public required DateTimeOffset FiledAt { get; init; }
    public ReportState State { get; private set; } = ReportState.Uploading;

    /// <summary>The filing (triage.md 2.1) as its signed COSE_Sign1; null until it came.</summary>
    public byte[]? Filing { get; set; }

    /// <summary>When the filing came, and the report with it into triage.</summary>
    public DateTimeOffset? FilingAt { get; set; }
    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>When it expired or was withdrawn.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The signed intake receipt; null until complete.</summary>
    public byte[]? IntakeReceipt { get; set; }

    public Outcome<Report> Make(ReportMove move)
    {
        if (After(State, move) is not { } next)
            return ReportRefusals.CannotMove(State, move);
        State = next;
        return this;
    }

    // The whole life of a report (triage.md 2.2). A move that is not listed is refused.
    private static ReportState? After(ReportState state, ReportMove move) =>
        (state, move) switch
        {
            (ReportState.Uploading, ReportMove.Complete) => ReportState.Complete,
            (ReportState.Uploading, ReportMove.Expire) => ReportState.Expired,
            (ReportState.Uploading or ReportState.Complete, ReportMove.Withdraw) => ReportState.Withdrawn,
            // An expired or withdrawn report still has its manifest, and with it the wraps.
            (not ReportState.EvidenceDestroyed, ReportMove.DestroyEvidence) => ReportState.EvidenceDestroyed,
            _ => null,
        };
}

/// <summary>One sealed segment of a report: what its descriptor says, and whether its bytes have arrived.</summary>
public sealed class ReportSegment
{
    public required ReportId ReportId { get; init; }
    public required int Index { get; init; }
    public required int Kind { get; init; }
    public required byte[] Participant { get; init; }
    public required long Stream { get; init; }
    public required long StartMs { get; init; }
    public required long DurationMs { get; init; }
    public required int Content { get; init; }
    public required int CiphertextLength { get; init; }
    public required byte[] CiphertextHash { get; init; }
    public DateTimeOffset? StoredAt { get; set; }
}

/// <summary>32 random bytes that one device may answer once, within 15 minutes (evidence-bundle.md 14).</summary>
public sealed class Challenge
{
    public required byte[] Value { get; init; }
    public required byte[] DeviceKid { get; init; }
    public required MeetingId MeetingId { get; init; }
    public required byte[] Reporter { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? UsedAt { get; set; }

    /// <summary>How often the relay was asked under this challenge.</summary>
    public int AttestationsAsked { get; set; }
}
