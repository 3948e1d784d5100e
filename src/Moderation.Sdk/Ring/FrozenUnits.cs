// An immutable set of units that a report may be made of, with what is known of the silences between them.
namespace Moderation.Sdk.Ring;

/// <summary>What is known of one stream at the moment of the freeze.</summary>
internal sealed record FrozenStream(
    StreamKey Key,
    bool IsMedia,
    ulong AddedMs,
    ulong? LeftMs,
    IReadOnlyList<GapNote> Notes
)
{
    public static FrozenStream Of(RingStream stream, ulong nowMs)
    {
        List<GapNote> notes = [.. stream.Notes.All];
        if (stream.OffSinceMs is { } since)
            notes.Add(new GapNote(since, nowMs, GapReason.CameraOrMicrophoneOff));
        return new FrozenStream(stream.Key, stream.IsMedia, stream.AddedMs, stream.LeftMs, notes);
    }
}

/// <summary>What a unit was at the moment of the freeze; what is written to it afterwards is not part of it.</summary>
internal sealed class FrozenUnit(UnitGroup group, BufferedUnit unit)
{
    public BufferedUnit Unit { get; } = unit;

    /// <summary>The unit that this one goes on from, and all that goes on from it.</summary>
    public UnitGroup Group { get; } = group;
    public StreamKey Stream => Unit.Stream;
    public uint Content => Unit.Content;
    public ulong StartMs => Unit.StartMs;
    public ulong EndMs { get; } = unit.EndMs;
    public uint DurationMs => (uint)(EndMs - StartMs);
    public int Bytes { get; } = unit.Bytes;
    public uint Pieces { get; } = unit.Pieces;
}

/// <summary>Disposing gives the units back to the ring, which erases what it does not hold any more.</summary>
internal sealed class FrozenUnits(
    EvidenceRing ring,
    ulong fromMs,
    ulong toMs,
    IReadOnlyList<FrozenUnit> units,
    IReadOnlyList<FrozenStream> streams,
    IReadOnlyList<GapNote> client
) : IDisposable
{
    private int _disposed;

    public EvidenceRing Ring { get; } = ring;
    public ulong FromMs { get; } = fromMs;
    public ulong ToMs { get; } = toMs;
    public IReadOnlyList<FrozenUnit> Units { get; } = units;
    public IReadOnlyList<FrozenStream> Streams { get; } = streams;

    /// <summary>When the whole client took nothing in.</summary>
    public IReadOnlyList<GapNote> Client { get; } = client;

    /// <summary>A second hold on the same units, for as long as they are being sealed.</summary>
    public FrozenUnits Hold() => Ring.Hold(this);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Ring.GiveBack(Units);
    }

    public bool IsDisposed => Volatile.Read(ref _disposed) == 1;
}
