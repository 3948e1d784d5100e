// What a relay of receipts keeps, and for how long (evidence-bundle.md 12.2).
namespace Moderation.Evidence.Relay;

/// <summary>What a relay says to a sender. Everything but <see cref="Taken"/> means that the bytes will not be in a receipt.</summary>
public enum RelayAnswer
{
    /// <summary>The frame, or the start of the KID, counts.</summary>
    Taken,

    /// <summary>The participant has connected anew; this connection counts no more.</summary>
    ConnectionEnded,

    /// <summary>The key commitment is not of 32 bytes.</summary>
    CommitmentMalformed,

    /// <summary>This KID was open before on this stream; a sender takes a new KID for every segment.</summary>
    KidUsed,

    /// <summary>No KID is open on this stream, or the frame names another one: it came too early or too late.</summary>
    KidNotOpen,

    /// <summary>The frame has no SFrame header in its shortest form.</summary>
    FrameMalformed,

    /// <summary>The KID has 4,096 frames already.</summary>
    TooManyFrames,

    /// <summary>More streams than <see cref="RelayOptions.StreamsPerParticipant"/> are open.</summary>
    TooManyStreams,

    /// <summary>More than <see cref="RelayOptions.KidsPerWindow"/> KIDs were started by this participant in one window.</summary>
    TooManyKids,
}

/// <summary>Bounds and times of a relay; the defaults are those of the specification for a ring of 60 s.</summary>
public sealed record RelayOptions
{
    /// <summary>One receipt at most for each of these.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A KID without a frame for this long is closed.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long receipts, leaves and frame hashes are answered for: ring length plus 10 minutes.</summary>
    public TimeSpan Kept { get; init; } = TimeSpan.FromSeconds(60) + TimeSpan.FromMinutes(10);

    /// <summary>Bytes of receipts, leaves and hashes kept at most; past it the oldest window is forgotten early.</summary>
    public long KeptBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Streams that one participant may have open at once.</summary>
    public int StreamsPerParticipant { get; init; } = 64;

    /// <summary>KIDs that one participant may start in one window.</summary>
    public int KidsPerWindow { get; init; } = 256;
}

/// <summary>Where a meeting's chain of receipts stands; an SFU that restarts goes on from here.</summary>
/// <param name="NextWindow">The number that the next receipt gets; the first receipt of a meeting has 1.</param>
/// <param name="Previous">SHA-256 of the last receipt's complete bytes; 32 zeros before the first.</param>
public sealed record ReceiptChain(ulong NextWindow, byte[] Previous)
{
    /// <summary>Before the first receipt.</summary>
    public static ReceiptChain Start { get; } = new(1, new byte[32]);
}
