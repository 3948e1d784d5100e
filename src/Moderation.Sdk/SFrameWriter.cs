// Writes one participant's SFrame stream into the ring as received, for relays that make receipts: attested media (kind 1).
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>
/// For one stream: a unit is one KID. The frames stay ciphertext, the unit's key is K_seg. Any thread may write; a call copies
/// once, does not wait for input or output, and does not throw.
/// </summary>
public sealed class SFrameWriter
{
    // Frames of a KID that was followed may still be on the way; a third KID ends the first.
    private const int OpenKids = 2;
    private const int PendingKeys = 16;
    private const int UnitBytes = 3 * 1024 * 1024;
    private readonly EvidenceSession _session;
    private readonly EvidenceRing _ring;
    private readonly RingStream _stream;
    private readonly List<UnitGroup> _open = [];
    private readonly Queue<(ulong Kid, int Slot)> _pending = [];
    private readonly Queue<ulong> _done = [];

    internal SFrameWriter(EvidenceSession session, RingStream stream, MediaTrack track) =>
        (_session, _ring, _stream, Track) = (session, session.Ring, stream, track);

    public MediaTrack Track { get; }

    /// <summary>The stream number in the evidence, as in the relay's leaves.</summary>
    public uint Stream => Track.Id;

    /// <summary>One frame with its SFrame header, as it came from the relay.</summary>
    /// <param name="kid">The KID of its header; new for every segment of the stream.</param>
    /// <param name="meetingMs">When its media begins, ms on the meeting clock.</param>
    /// <param name="durationMs">How long its media lasts, when the caller knows; else until the next frame.</param>
    public void Write(ulong kid, ReadOnlySpan<byte> sframeBytes, ulong meetingMs, uint durationMs = 0)
    {
        RingTroubleKind? trouble;
        lock (_ring.Gate)
            trouble = Take(kid, sframeBytes, meetingMs, durationMs);
        if (trouble is { } kind)
            _session.Say(kind, Track);
        else
            SdkMeter.Written.Add(sframeBytes.Length);
    }

    /// <summary>The SFrame base key of one KID (K_seg, 32 bytes), before its frames or after; copied into locked memory.</summary>
    public void SetSegmentKey(ulong kid, ReadOnlySpan<byte> key)
    {
        RingTroubleKind? trouble;
        lock (_ring.Gate)
            trouble = TakeKey(kid, key);
        if (trouble is { } kind)
            _session.Say(kind, Track);
    }

    /// <summary>The camera or microphone is switched off since then, ms on the meeting clock.</summary>
    public void TurnedOff(ulong atMs)
    {
        lock (_ring.Gate)
            _stream.OffSinceMs ??= atMs;
    }

    internal RingStream RingStream => _stream;

    /// <summary>Keys that came for KIDs of which no frame did. Locked.</summary>
    internal void Forget()
    {
        while (_pending.TryDequeue(out var pending))
            _ring.EraseKey(pending.Slot);
        _open.Clear();
        _done.Clear();
    }

    private RingTroubleKind? Take(ulong kid, ReadOnlySpan<byte> frame, ulong ms, uint durationMs)
    {
        if (!_ring.IsTaking)
            return RingTroubleKind.NotTaking;
        if (frame.IsEmpty || ms > EvidenceLimits.SafeInteger - EvidenceLimits.Window)
            return RingTroubleKind.Malformed;
        if (_stream.OffSinceMs is { } since)
            _stream.Notes.Add(since, ms, GapReason.CameraOrMicrophoneOff);
        _stream.OffSinceMs = null;
        foreach (var evicted in _open.Where(group => group.IsEvicted).ToList())
            Done(evicted);
        if (_done.Contains(kid))
            return RingTroubleKind.NoRoom;
        var open = _open.Find(group => group.Units[0].Kid == kid);
        if (open is null)
            return Start(kid, frame, ms, durationMs);
        var unit = open.Units[0];
        if (
            unit.Bytes + frame.Length > UnitBytes
            || unit.Records == EvidenceLimits.Frames
            || ms + durationMs - Math.Min(ms, unit.StartMs) > EvidenceLimits.MediaDuration
        )
            return RingTroubleKind.TooLarge;
        return Append(open, unit, frame, ms, durationMs);
    }

    private RingTroubleKind? Start(ulong kid, ReadOnlySpan<byte> frame, ulong ms, uint durationMs)
    {
        if (frame.Length > UnitBytes || durationMs > EvidenceLimits.MediaDuration)
            return Lose(ms, RingTroubleKind.TooLarge, GapReason.Other);
        // Without a pause the unit before ends where this one starts.
        if (_open.Count > 0 && _open[^1].Units[0] is var before && ms > before.EndMs && ms - before.EndMs <= 250)
            before.EndMs = ms;
        if (_open.Count == OpenKids)
            Done(_open[0]);
        if (_ring.Start(_stream, UnitForm.SFrame, frame.Length, ms, kid: kid) is not { } unit)
            return Lose(ms, RingTroubleKind.NoRoom, GapReason.EvictedForSpace);
        var group = _stream.Open!;
        _open.Add(group);
        for (var i = _pending.Count; i > 0; i--)
        {
            var pending = _pending.Dequeue();
            if (pending.Kid == kid && unit.KeySlot < 0)
                unit.KeySlot = pending.Slot;
            else
                _pending.Enqueue(pending);
        }
        return Append(group, unit, frame, ms, durationMs);
    }

    private RingTroubleKind? Append(UnitGroup group, BufferedUnit unit, ReadOnlySpan<byte> frame, ulong ms, uint lasts)
    {
        if (!_ring.Append(group, unit, frame, ms, isKey: false))
            return Lose(ms, RingTroubleKind.NoRoom, GapReason.EvictedForSpace);
        unit.EndMs = Math.Max(unit.EndMs, ms + lasts);
        _stream.LastMs = Math.Max(_stream.LastMs, unit.EndMs);
        _ring.Advance(unit.EndMs);
        return null;
    }

    private void Done(UnitGroup group)
    {
        _open.Remove(group);
        group.IsOpen = false;
        group.Units[0].Finish();
        _done.Enqueue(group.Units[0].Kid);
        if (_done.Count > PendingKeys)
            _done.Dequeue();
    }

    private RingTroubleKind Lose(ulong ms, RingTroubleKind kind, uint reason)
    {
        _stream.Notes.Add(_stream.QuietSinceMs, ms, reason);
        return kind;
    }

    private RingTroubleKind? TakeKey(ulong kid, ReadOnlySpan<byte> key)
    {
        if (!_ring.IsTaking)
            return RingTroubleKind.NotTaking;
        if (key.Length != 32)
            return RingTroubleKind.Malformed;
        if (_ring.TakeKey(key) is not { } slot)
            return RingTroubleKind.NoRoom;
        var unit = _stream.Groups.Select(group => group.Units[0]).LastOrDefault(held => held.Kid == kid);
        if (unit is { KeySlot: < 0, IsErased: false })
        {
            unit.KeySlot = slot;
            return null;
        }
        if (unit is not null || _pending.Any(pending => pending.Kid == kid))
        {
            // A second key for one KID: the first stands.
            _ring.EraseKey(slot);
            return null;
        }
        if (_pending.Count == PendingKeys)
            _ring.EraseKey(_pending.Dequeue().Slot);
        _pending.Enqueue((kid, slot));
        return null;
    }
}
