// The last X seconds of a meeting in memory, bounded by seconds and by bytes, whichever bites first (evidence-bundle.md 22).
using Moderation.Evidence;

namespace Moderation.Sdk.Ring;

internal sealed class EvidenceRing(TimeSpan window, long maxBytes) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<BufferedUnit> _units = [];
    private readonly Dictionary<StreamKey, ulong> _evictedForSpaceUntil = [];
    private readonly HashSet<StreamKey> _streams = [];
    private long _bytes;
    private ulong _newestMs;

    public long Bytes => Interlocked.Read(ref _bytes);

    public int Units
    {
        get
        {
            lock (_gate)
                return _units.Count;
        }
    }

    public void Add(BufferedUnit unit)
    {
        lock (_gate)
        {
            if (unit.Bytes > maxBytes)
            {
                NoteEviction(unit);
                unit.Dispose();
                return;
            }
            _streams.Add(unit.Stream);
            _units.Add(unit);
            _bytes += unit.Bytes;
            _newestMs = Math.Max(_newestMs, unit.EndMs);
            ForgetOlderThan(_newestMs);
            while (_bytes > maxBytes)
                EvictForSpace();
        }
    }

    /// <summary>The end of the newest unit, ms on the meeting clock.</summary>
    public ulong NewestMs
    {
        get
        {
            lock (_gate)
                return _newestMs;
        }
    }

    /// <summary>The units that cover the last <paramref name="span"/> before <paramref name="nowMs"/>, held until the caller disposes them.</summary>
    public FrozenUnits Freeze(ulong nowMs, TimeSpan span)
    {
        lock (_gate)
        {
            var from = nowMs - Math.Min(nowMs, (ulong)span.TotalMilliseconds);
            var taken = _units.Where(u => u.EndMs > from && u.StartMs <= nowMs).OrderBy(u => u.StartMs).ToList();
            foreach (var unit in taken)
                unit.Hold();
            return new FrozenUnits(from, nowMs, taken, [.. _streams], new(_evictedForSpaceUntil));
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            foreach (var unit in _units)
                unit.Dispose();
            _units.Clear();
            _streams.Clear();
            _evictedForSpaceUntil.Clear();
            _bytes = 0;
        }
    }

    public void Dispose() => Clear();

    // The unit that covers the start of the window is kept, so a window may begin a little before it was asked for.
    private void ForgetOlderThan(ulong nowMs)
    {
        var from = nowMs - Math.Min(nowMs, (ulong)window.TotalMilliseconds);
        for (var i = _units.Count - 1; i >= 0; i--)
            if (_units[i].EndMs <= from)
                Remove(i);
    }

    // When bytes run short: the oldest video first, then sound, then chat (evidence-bundle.md 22).
    private void EvictForSpace()
    {
        var victim = 0;
        for (var i = 1; i < _units.Count; i++)
            if ((Order(_units[i]), _units[i].StartMs).CompareTo((Order(_units[victim]), _units[victim].StartMs)) < 0)
                victim = i;
        NoteEviction(_units[victim]);
        Remove(victim);
    }

    private static int Order(BufferedUnit unit) =>
        unit.Content switch
        {
            4 or 260 => 1,
            _ when unit.Stream.Kind is SegmentKind.AssertedMedia or SegmentKind.AttestedMedia => 0,
            _ => 2,
        };

    private void NoteEviction(BufferedUnit unit) =>
        _evictedForSpaceUntil[unit.Stream] = Math.Max(_evictedForSpaceUntil.GetValueOrDefault(unit.Stream), unit.EndMs);

    private void Remove(int index)
    {
        _bytes -= _units[index].Bytes;
        _units[index].Dispose();
        _units.RemoveAt(index);
    }
}

/// <summary>An immutable set of units that a report may be made of.</summary>
internal sealed record FrozenUnits(
    ulong FromMs,
    ulong ToMs,
    List<BufferedUnit> Units,
    List<StreamKey> Streams,
    Dictionary<StreamKey, ulong> EvictedForSpaceUntil
) : IDisposable
{
    public void Dispose()
    {
        foreach (var unit in Units)
            unit.Dispose();
        Units.Clear();
    }
}
