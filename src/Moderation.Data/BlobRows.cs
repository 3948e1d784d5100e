// What is known of the stored bytes beside the reports' own rows: what a scrub found, and how far it has come.
namespace Moderation.Data;

public enum BlobProblem
{
    Missing,
    Altered,
}

/// <summary>One blob that is not as it was acknowledged.</summary>
public sealed class BlobFault
{
    /// <summary>SHA-256 under which it was stored, 32 bytes.</summary>
    public required byte[] Hash { get; init; }
    public required BlobProblem Problem { get; set; }
    public required DateTimeOffset FoundAt { get; set; }

    /// <summary>Set when a later look found it whole again, after a restore for instance.</summary>
    public DateTimeOffset? ClearedAt { get; set; }
}

/// <summary>One pass over every stored blob; done in stretches, it goes on behind <see cref="Cursor"/>.</summary>
public sealed class ScrubRun
{
    public required Guid Id { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The last hash that was looked at; empty at the start.</summary>
    public byte[] Cursor { get; set; } = [];
    public long Blobs { get; set; }
    public long Bytes { get; set; }
    public int Missing { get; set; }
    public int Altered { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
}
