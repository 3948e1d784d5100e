// The last X seconds of a meeting in memory, bounded by seconds and by bytes, whichever bites first (evidence-bundle.md 22).
using Moderation.Evidence;

namespace Moderation.Sdk.Ring;

/// <summary>
/// One lock guards everything but the reading of frozen units. It is held for one copy of one frame, or for lists of
/// units, never for input, output or a user. Members marked "locked" expect the caller to hold <see cref="Gate"/>.
/// </summary>
internal sealed class EvidenceRing : IDisposable
{
    // The group that covers a window's start must fit a window of 300 s with what follows it.
    public const ulong OldestGroupMs = 290_000;

    // Far more units than the longest ring of a large meeting holds: 29 tracks of 280 s in units of 2 s, twice over.
    private const int MostUnits = 8_192;
    private readonly ulong _windowMs;
    private readonly int _capacity;
    private readonly BlockStore _store;
    private readonly KeySlots _keys = new(MostUnits);
    private readonly List<RingStream> _streams = [];
    private readonly GapNotes _client = new();
    private int _blocks;
    private int _pins;
    private bool _closed;
    private ulong? _suspendedSinceMs;

    public EvidenceRing(TimeSpan window, long maxBytes)
    {
        _windowMs = (ulong)window.TotalMilliseconds;
        _capacity = (int)Math.Max(1, maxBytes / BlockStore.BlockLength);
        // Twice the ring: a frozen set may pin all of it while the ring goes on in spare blocks.
        _store = new BlockStore(_capacity * 2);
    }

    public Lock Gate { get; } = new();

    /// <summary>The end of the newest unit, or what the clock says, ms on the meeting clock. Locked.</summary>
    public ulong NewestMs { get; private set; }

    /// <summary>Bytes of blocks held, never above the bound.</summary>
    public long Bytes => (long)Volatile.Read(ref _blocks) * BlockStore.BlockLength;

    /// <summary>For tests: memory that was allocated once, and what of it is free.</summary>
    public BlockStore Store => _store;

    /// <summary>For tests: the slots of the keys.</summary>
    public KeySlots Keys => _keys;

    public int Units
    {
        get
        {
            lock (Gate)
                return _streams.Sum(stream => stream.Groups.Sum(group => group.Units.Count));
        }
    }

    /// <summary>False while suspended and once closed. Locked.</summary>
    public bool IsTaking => !_closed && _suspendedSinceMs is null;

    public RingStream Add(StreamKey key, StreamRank rank, uint content, ulong atMs)
    {
        lock (Gate)
            return AddLocked(key, rank, content, atMs);
    }

    public RingStream AddLocked(StreamKey key, StreamRank rank, uint content, ulong atMs)
    {
        var stream = new RingStream(key, rank, content, atMs);
        _streams.Add(stream);
        return stream;
    }

    /// <summary>
    /// Starts a unit and, without a group to go on with, a group, with room for a first record of so many bytes. Null when there
    /// is no room. Locked.
    /// </summary>
    public BufferedUnit? Start(
        RingStream stream,
        UnitForm form,
        int firstLength,
        ulong startMs,
        UnitGroup? group = null,
        uint rate = 0,
        ulong kid = 0
    )
    {
        var slots = form == UnitForm.SFrame ? 0 : 1;
        if (
            group is { IsEvicted: true }
            || !MakeRoom(stream, group, BufferedUnit.BlocksForFirst(form, firstLength), slots)
        )
            return null;
        var content = group is null || stream.Rank != StreamRank.Video ? stream.Content : stream.Content + 256;
        var slot = slots == 0 ? -1 : _keys.TakeRandom();
        var unit = new BufferedUnit(stream.Key, form, content, startMs, slot) { Rate = rate, Kid = kid };
        if (group is null)
        {
            var started = new UnitGroup(stream, unit);
            stream.Groups.Enqueue(started);
            stream.Open = started;
        }
        else
        {
            group.Units.Add(unit);
        }
        return unit;
    }

    /// <summary>Copies one record into a unit of the group. False when there is no room, or the group had to go. Locked.</summary>
    public bool Append(UnitGroup group, BufferedUnit unit, ReadOnlySpan<byte> record, ulong tick, bool isKey)
    {
        var before = unit.BlockCount;
        if (group.IsEvicted || !MakeRoom(group.Stream, group, unit.BlocksFor(record.Length), 0))
            return false;
        unit.Append(_store, _keys, record, tick, isKey);
        _blocks += unit.BlockCount - before;
        return true;
    }

    /// <summary>The unit is whole; the group may go on with another. Locked.</summary>
    public void Finish(RingStream stream, BufferedUnit unit, ulong endMs, bool groupGoesOn)
    {
        unit.Finish();
        unit.EndMs = Math.Max(unit.EndMs, endMs);
        stream.LastMs = Math.Max(stream.LastMs, unit.EndMs);
        if (!groupGoesOn && stream.Open is { } open)
        {
            open.IsOpen = false;
            stream.Open = null;
        }
        Advance(unit.EndMs);
    }

    /// <summary>The meeting is at least this far; what is older than the window goes. Locked.</summary>
    public void Advance(ulong nowMs)
    {
        NewestMs = Math.Max(NewestMs, nowMs);
        var from = NewestMs - Math.Min(NewestMs, _windowMs);
        foreach (var stream in _streams)
        {
            // The group that covers the start is kept, so a window may begin a little before it was asked for.
            while (stream.Groups.TryPeek(out var oldest) && oldest.EndMs <= from && oldest.StartMs < from)
            {
                if (stream.Open == oldest)
                    stream.Open = null;
                Drop(stream.Groups.Dequeue());
            }
            stream.Notes.ForgetBefore(NewestMs - Math.Min(NewestMs, EvidenceLimits.Window));
        }
        _client.ForgetBefore(NewestMs - Math.Min(NewestMs, EvidenceLimits.Window));
        _streams.RemoveAll(s => s.LeftMs <= from && s.Groups.Count == 0);
    }

    /// <summary>Takes a group out for its size or age and says so in the gaps. Locked.</summary>
    public void Evict(UnitGroup group)
    {
        group.Stream.Notes.Add(group.StartMs, Math.Max(group.EndMs, group.StartMs + 1), GapReason.EvictedForSpace);
        // Mostly the first; an open group of SFrame may stand behind.
        var stays = group.Stream.Groups.Where(other => other != group).ToArray();
        group.Stream.Groups.Clear();
        foreach (var other in stays)
            group.Stream.Groups.Enqueue(other);
        if (group.Stream.Open == group)
            group.Stream.Open = null;
        Drop(group);
    }

    /// <summary>The key that came for an SFrame unit. Locked.</summary>
    public int? TakeKey(ReadOnlySpan<byte> key) => _keys.Free > 0 ? _keys.Take(key) : null;

    /// <summary>Locked.</summary>
    public void EraseKey(int slot) => _keys.Erase(slot);

    /// <summary>Every unit of the groups that reach into the last <paramref name="span"/>, held until given back.</summary>
    public FrozenUnits Freeze(TimeSpan span)
    {
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(EvidenceSession));
            if (_streams.Count > 0)
                Advance(_streams.Max(stream => stream.LastMs));
            var now = NewestMs;
            var from = now - Math.Min(now, Math.Min((ulong)span.TotalMilliseconds, _windowMs));
            List<FrozenStream> streams = [];
            List<FrozenUnit> units = [];
            foreach (var stream in _streams)
            {
                foreach (var group in stream.Groups.Where(g => g.EndMs > from || g.StartMs >= from))
                    units.AddRange(group.Units.Where(u => u.Records > 0).Select(u => new FrozenUnit(group, u)));
                streams.Add(FrozenStream.Of(stream, now));
            }
            foreach (var unit in units)
                unit.Unit.Holders++;
            _pins++;
            List<GapNote> client = [.. _client.All];
            if (_suspendedSinceMs is { } since)
                client.Add(new GapNote(since, now, GapReason.ClientSuspended));
            return new FrozenUnits(this, from, now, [.. units.OrderBy(u => u.StartMs)], streams, client);
        }
    }

    /// <summary>A second hold on a frozen set.</summary>
    /// <exception cref="ObjectDisposedException">The set is given back already.</exception>
    public FrozenUnits Hold(FrozenUnits frozen)
    {
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(frozen.IsDisposed, typeof(ReportDraft));
            foreach (var unit in frozen.Units)
                unit.Unit.Holders++;
            _pins++;
            return new FrozenUnits(this, frozen.FromMs, frozen.ToMs, frozen.Units, frozen.Streams, frozen.Client);
        }
    }

    /// <summary>A frozen set lets go: what the ring does not hold any more is erased.</summary>
    public void GiveBack(IReadOnlyList<FrozenUnit> units)
    {
        lock (Gate)
        {
            foreach (var unit in units)
                Release(unit.Unit);
            _pins--;
            DisposeKeysWhenUnused();
        }
    }

    /// <summary>Bytes of a frozen unit; its holder keeps it from being erased meanwhile.</summary>
    public List<UnitRecord> Read(FrozenUnit unit, Span<byte> into) => unit.Unit.Read(_store, _keys, unit.Pieces, into);

    /// <summary>A copy of the key of a frozen SFrame unit into <paramref name="into"/>, which the caller zeroes.</summary>
    public bool ReadKey(FrozenUnit unit, Span<byte> into)
    {
        lock (Gate)
        {
            if (unit.Unit.KeySlot < 0)
                return false;
            _keys[unit.Unit.KeySlot].CopyTo(into);
            return true;
        }
    }

    /// <summary>Nothing is taken in until <see cref="Resume"/>, and everything held is erased.</summary>
    public void Suspend(ulong nowMs)
    {
        lock (Gate)
        {
            Forget(nowMs);
            _suspendedSinceMs ??= nowMs;
        }
    }

    public void Resume(ulong nowMs)
    {
        lock (Gate)
        {
            Advance(nowMs);
            if (_suspendedSinceMs is { } since)
                _client.Add(since, NewestMs, GapReason.ClientSuspended);
            _suspendedSinceMs = null;
        }
    }

    public void Clear(ulong nowMs)
    {
        lock (Gate)
            Forget(nowMs);
    }

    public void Dispose()
    {
        lock (Gate)
        {
            if (_closed)
                return;
            Forget(NewestMs);
            _closed = true;
            DisposeKeysWhenUnused();
        }
    }

    private void Forget(ulong nowMs)
    {
        NewestMs = Math.Max(NewestMs, nowMs);
        foreach (var stream in _streams)
        {
            while (stream.Groups.TryDequeue(out var group))
                Drop(group);
            stream.Open = null;
            stream.LastMs = NewestMs;
            stream.Notes.Add(0, NewestMs, GapReason.Other);
        }
    }

    private void Drop(UnitGroup group)
    {
        group.IsOpen = false;
        group.IsEvicted = true;
        foreach (var unit in group.Units)
        {
            _blocks -= unit.BlockCount;
            Release(unit);
        }
    }

    private void Release(BufferedUnit unit)
    {
        if (--unit.Holders == 0)
            unit.Erase(_store, _keys);
    }

    private bool MakeRoom(RingStream asking, UnitGroup? goesOn, int blocks, int slots)
    {
        while (_blocks + blocks > _capacity || _store.Free < blocks || _keys.Free < slots)
        {
            // What a frozen set still needs is not freed by taking it out of the ring.
            var pinnedIsUseless = _blocks + blocks <= _capacity;
            if (Victim(asking.Rank, pinnedIsUseless) is not { } victim)
                return false;
            Evict(victim);
            // Its own group went: what is written now would have nothing to stand on.
            if (victim == goesOn)
                return false;
        }
        return true;
    }

    // Video before sound before text, the oldest first, whole groups; nobody pushes out what ranks above it.
    private UnitGroup? Victim(StreamRank asking, bool pinnedIsUseless)
    {
        UnitGroup? victim = null;
        foreach (var stream in _streams)
        {
            if (stream.Rank > asking)
                continue;
            foreach (var group in stream.Groups)
            {
                if (pinnedIsUseless && group.IsPinned)
                    continue;
                if (victim is null || Order(group).CompareTo(Order(victim)) < 0)
                    victim = group;
                break;
            }
        }
        return victim;
    }

    private static (StreamRank, bool, ulong) Order(UnitGroup group) => (group.Stream.Rank, group.IsOpen, group.StartMs);

    private void DisposeKeysWhenUnused()
    {
        if (_closed && _pins == 0)
            _keys.Dispose();
    }
}
