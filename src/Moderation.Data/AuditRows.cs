// Rows of the audit log: its leaves, the nodes kept of its tree, its checkpoints, and the events that wait for their leaf.
using Moderation.Domain;

namespace Moderation.Data;

/// <summary>Which of an event's leaves it is.</summary>
public enum AuditLeafForm
{
    /// <summary>The entry that binds the event's line by a salted digest; every event has one.</summary>
    Event,

    /// <summary>The entry of evidence-bundle.md 19.2, beside it, for what happens to sealed evidence.</summary>
    Evidence,
}

/// <summary>One leaf; written once, never changed but for its salt, which goes when the event's details are erased.</summary>
public sealed class AuditLeaf
{
    /// <summary>Place in the log: 0, 1, 2 … without a gap.</summary>
    public required long Index { get; init; }
    public required EventId EventId { get; init; }
    public required AuditLeafForm Form { get; init; }

    /// <summary>Deterministic CBOR; digests and random ids only.</summary>
    public required byte[] Entry { get; init; }

    /// <summary>SHA-256(00 || entry).</summary>
    public required byte[] LeafHash { get; init; }

    /// <summary>32 bytes that the digest of the event's details begins with; null once they are erased, and for evidence.</summary>
    public byte[]? Salt { get; init; }
}

/// <summary>Root of a perfect subtree whose height is a multiple of eight; the heights between are made when asked for.</summary>
public sealed class AuditNode
{
    public required int Height { get; init; }
    public required long Index { get; init; }
    public required byte[] Hash { get; init; }
}

public sealed class AuditCheckpoint
{
    public required long Size { get; init; }

    /// <summary>The signed note, without cosignatures.</summary>
    public required string Note { get; init; }

    /// <summary>SHA-256 of the note's text: what intake receipts name.</summary>
    public required byte[] BodyHash { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>One witness has cosigned one checkpoint.</summary>
public sealed class AuditCosignature
{
    public required long Size { get; init; }

    /// <summary>Name of the witness's key.</summary>
    public required string Witness { get; init; }

    /// <summary>The signature line, with its newline.</summary>
    public required string Line { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>The one row that says where the log ends; who holds its lock appends.</summary>
public sealed class AuditHead
{
    public const int Only = 1;
    public required int Id { get; init; }
    public required long Size { get; set; }

    /// <summary>Roots of the perfect subtrees of a tree of that size, 32 bytes each.</summary>
    public required byte[] Frontier { get; set; }

    /// <summary>Size of the newest checkpoint, 0 before the first.</summary>
    public required long CheckpointSize { get; set; }

    /// <summary>When it was signed, by the database's clock.</summary>
    public required DateTimeOffset CheckpointAt { get; set; }
}

/// <summary>An event that has no leaf yet; put here by a trigger in the event's own transaction, taken out with its leaf.</summary>
public sealed class AuditWaiting
{
    public required EventId EventId { get; init; }
    public DateTimeOffset QueuedAt { get; init; }
}
