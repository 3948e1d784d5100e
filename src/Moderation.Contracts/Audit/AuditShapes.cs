// What the audit log shows over HTTP, and what reading it says in the event log.
namespace Moderation.Contracts.Audit;

/// <summary>One entry, without what it says: that stays with the pages that may show it.</summary>
/// <param name="Index">Place in the log.</param>
/// <param name="Form">`event` or `evidence` (evidence-bundle.md 19.2).</param>
/// <param name="Actor">Pseudonym of a colleague, `Host`, or `system:NAME`; null where there is none.</param>
/// <param name="LeafHash">base64url.</param>
/// <param name="Erased">What the event said is gone; its place in the log is not.</param>
public sealed record AuditRow(
    long Index,
    string Form,
    string EventId,
    string Kind,
    DateTimeOffset At,
    string? Actor,
    string? CaseId,
    string? AccountId,
    string LeafHash,
    bool Erased
);

/// <summary>That a leaf is in the tree of that size (RFC 9162 section 2.1.3); hashes base64url, from the leaf upwards.</summary>
public sealed record InclusionProof(long Index, long Size, string LeafHash, IReadOnlyList<string> Proof);

/// <summary>That the tree of the second size begins with that of the first (RFC 9162 section 2.1.4).</summary>
public sealed record ConsistencyProof(long First, long Second, IReadOnlyList<string> Proof);

/// <summary>That the acceptance an intake receipt speaks of is in the log.</summary>
/// <param name="Receipt">The intake receipt, base64url.</param>
/// <param name="Checkpoint">The signed note whose text key 5 of the receipt is the hash of.</param>
public sealed record AcceptanceProof(string Receipt, string Checkpoint, long Index, IReadOnlyList<string> Proof);

/// <summary>What a check of the whole log found.</summary>
/// <param name="Holds">Every entry, node, checkpoint and event is as it was written.</param>
/// <param name="Size">Leaves that were checked.</param>
/// <param name="Root">Root over them, base64url; null for none.</param>
/// <param name="Erased">Events whose words are gone, which can only be checked as entries.</param>
/// <param name="FirstBad">Index of the first entry that does not hold.</param>
/// <param name="Code">Stable, such as `audit.entry-altered`.</param>
public sealed record VerifiedLog(
    bool Holds,
    long Size,
    string? Root,
    int Checkpoints,
    long Erased,
    long? FirstBad,
    string? Code,
    string? Why
);

/// <summary>Somebody read a page of the log.</summary>
public sealed record AuditRead(string? Kind, string? CaseId, bool ByActor)
{
    public const string EventKind = "audit.read";
}

/// <summary>Somebody took the whole log as a file.</summary>
public sealed record AuditExported(long Size)
{
    public const string Kind = "audit.exported";
}

/// <summary>Somebody had the whole log checked.</summary>
public sealed record AuditVerified(long Size, long? FirstBad, string? Code)
{
    public const string Kind = "audit.verified";
}
