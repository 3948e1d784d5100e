// One stream of the ring: its groups, oldest first, and what is known of its silences.
namespace Moderation.Sdk.Ring;

/// <summary>Who goes first when bytes run short (evidence-bundle.md 22).</summary>
internal enum StreamRank
{
    Video = 0,
    Audio = 1,
    Text = 2,
}

/// <summary>One unit with its continuations: kept, evicted and sent together.</summary>
internal sealed class UnitGroup(RingStream stream, BufferedUnit first)
{
    public RingStream Stream { get; } = stream;
    public List<BufferedUnit> Units { get; } = [first];

    /// <summary>More may still be written to it.</summary>
    public bool IsOpen { get; set; } = true;
    public bool IsEvicted { get; set; }
    public ulong StartMs => Units[0].StartMs;
    public ulong EndMs => Units[^1].EndMs;
    public bool IsPinned => Units.Exists(unit => unit.Holders > 1);
}

internal sealed class RingStream(StreamKey key, StreamRank rank, uint content, ulong addedMs)
{
    public StreamKey Key { get; } = key;
    public StreamRank Rank { get; } = rank;
    public uint Content { get; } = content;
    public ulong AddedMs { get; } = addedMs;
    public ulong? LeftMs { get; set; }

    /// <summary>Since when the camera or microphone is off.</summary>
    public ulong? OffSinceMs { get; set; }
    public Queue<UnitGroup> Groups { get; } = [];

    /// <summary>The group that the next frame may go on with.</summary>
    public UnitGroup? Open { get; set; }
    public GapNotes Notes { get; } = new();

    /// <summary>The end of what was last written.</summary>
    public ulong LastMs { get; set; } = addedMs;

    /// <summary>Since when nothing was written and nothing is said about why.</summary>
    public ulong QuietSinceMs => Math.Max(LastMs, Notes.All.Count > 0 ? Notes.All[^1].ToMs : 0);

    public bool IsMedia => Rank != StreamRank.Text;
}
