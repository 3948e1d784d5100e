// Writes one participant's track into the ring as the host's client received it: host-asserted media (kind 2).
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>
/// For one track. Any thread may write; a call copies once, does not wait for input or output, and does not throw. What
/// cannot be held is counted, told by <see cref="EvidenceSession.Trouble"/> and becomes a gap.
/// </summary>
public sealed class TrackWriter
{
    private const ulong AudioUnitMs = 2_000;
    private const ulong VideoUnitMs = 8_000;
    private const int UnitBytes = 2 * 1024 * 1024;

    // A frame alone must leave room for its header in a segment of 4 MiB.
    private const int MostFrame = EvidenceLimits.SegmentPlaintext - 64 * 1024;
    private readonly EvidenceSession _session;
    private readonly EvidenceRing _ring;
    private readonly RingStream _stream;
    private readonly RtpClock _clock;
    private readonly ulong _usualMs;
    private uint _lossReason = GapReason.NeverReceived;

    internal TrackWriter(EvidenceSession session, RingStream stream, MediaTrack track)
    {
        (_session, _ring, _stream, Track) = (session, session.Ring, stream, track);
        _clock = new RtpClock(track.Kind == TrackKind.Audio ? 48_000u : 90_000u);
        _usualMs = track.Kind == TrackKind.Audio ? 20u : 33u;
    }

    public MediaTrack Track { get; }

    /// <summary>The stream number in the evidence.</summary>
    public uint Stream => Track.Id;

    /// <summary>One frame. Frames of a track come in decoding order.</summary>
    public void Write(in EncodedFrame frame)
    {
        RingTroubleKind? trouble;
        lock (_ring.Gate)
            trouble = Take(frame);
        Say(trouble, frame.Payload.Length);
    }

    /// <summary>One self-initialising segment: a group of pictures from a random access point, or at most 2 s of sound.</summary>
    /// <param name="startMs">ms on the meeting clock.</param>
    /// <param name="durationMs">At most 10,000.</param>
    /// <param name="segment">Header and chunks (<see cref="Cmaf.Segment"/>), at most 4 MiB; copied once.</param>
    /// <param name="isContinuation">Goes on where the segment before ended, without a random access point.</param>
    public void WriteSegment(ulong startMs, uint durationMs, ReadOnlySpan<byte> segment, bool isContinuation = false)
    {
        RingTroubleKind? trouble;
        lock (_ring.Gate)
            trouble = Take(startMs, durationMs, segment, isContinuation && Track.Kind == TrackKind.Video);
        Say(trouble, segment.Length);
    }

    /// <summary>The camera or microphone is switched off: what follows is a gap with that reason.</summary>
    public void TurnedOff()
    {
        lock (_ring.Gate)
            TurnOff(_stream, _session.NowMs(_ring));
    }

    /// <summary>The camera or microphone is switched off since then.</summary>
    /// <param name="atMs">ms on the meeting clock.</param>
    public void TurnedOff(ulong atMs)
    {
        lock (_ring.Gate)
            TurnOff(_stream, atMs);
    }

    /// <summary>It is on again.</summary>
    public void TurnedOn()
    {
        lock (_ring.Gate)
            TurnOn(_stream, _session.NowMs(_ring));
    }

    /// <summary>It is on again since then.</summary>
    /// <param name="atMs">ms on the meeting clock.</param>
    public void TurnedOn(ulong atMs)
    {
        lock (_ring.Gate)
            TurnOn(_stream, atMs);
    }

    internal RingStream RingStream => _stream;

    private void TurnOff(RingStream stream, ulong atMs)
    {
        if (stream.Open is { } open)
            _ring.Finish(stream, open.Units[^1], Math.Min(atMs, stream.LastMs), groupGoesOn: false);
        stream.OffSinceMs ??= atMs;
    }

    private static void TurnOn(RingStream stream, ulong atMs)
    {
        if (stream.OffSinceMs is { } since)
            stream.Notes.Add(since, atMs, GapReason.CameraOrMicrophoneOff);
        stream.OffSinceMs = null;
    }

    private RingTroubleKind? Take(in EncodedFrame frame)
    {
        if (!_ring.IsTaking)
            return RingTroubleKind.NotTaking;
        if (!Media.SegmentMuxer.Takes(Track.Codec))
            return RingTroubleKind.CodecNeedsSegments;
        if (frame.Payload.IsEmpty)
            return RingTroubleKind.Malformed;
        var ms = Math.Max(_clock.At(frame, _session.NowMs(_ring)), _stream.Open?.Units[^1].StartMs ?? 0);
        if (frame.Payload.Length > MostFrame)
            return Break(ms, GapReason.Other, RingTroubleKind.TooLarge);
        TurnOn(_stream, ms);
        var isVideo = Track.Kind == TrackKind.Video;
        var group = _stream.Open;
        var unit = group?.Units[^1];
        if (group is not null && ms - Math.Min(ms, group.StartMs) > EvidenceRing.OldestGroupMs)
        {
            _ring.Evict(group);
            (group, unit, _lossReason) = (null, null, GapReason.EvictedForSpace);
        }
        if (unit is not null && StartsNew(frame, unit, ms))
        {
            var goesOn = isVideo && !frame.IsKey;
            _ring.Finish(_stream, unit, EndBefore(ms), goesOn);
            unit = null;
            if (!goesOn)
                group = null;
        }
        if (unit is null)
        {
            if (isVideo && !frame.IsKey && group is null)
                return Lose(ms, RingTroubleKind.WaitingForKeyFrame);
            unit = _ring.Start(_stream, UnitForm.Frames, frame.Payload.Length, ms, group, _clock.Rate);
            if (unit is null)
                return Break(ms, GapReason.EvictedForSpace);
            group = _stream.Open!;
        }
        if (!_ring.Append(group!, unit, frame.Payload, _clock.Tick, frame.IsKey || !isVideo))
            return Break(ms, GapReason.EvictedForSpace);
        if (frame.IsKey)
        {
            _lossReason = GapReason.NeverReceived;
            _session.KeyFrameClock.Came(Track);
        }
        unit.EndMs = Math.Max(unit.EndMs, ms + _usualMs);
        _stream.LastMs = unit.EndMs;
        return null;
    }

    private bool StartsNew(in EncodedFrame frame, BufferedUnit unit, ulong ms)
    {
        if (unit.IsFinished || unit.Form != UnitForm.Frames)
            return true;
        var age = ms - unit.StartMs;
        return Track.Kind == TrackKind.Audio
            ? age >= AudioUnitMs || unit.Bytes + frame.Payload.Length > UnitBytes
            : frame.IsKey || age >= VideoUnitMs || unit.Bytes + frame.Payload.Length > UnitBytes;
    }

    // A stream that goes on without a pause ends where its next unit starts, so that no hole stands between the two.
    private ulong EndBefore(ulong ms) => ms - Math.Min(ms, _stream.LastMs) <= 250 ? ms : _stream.LastMs;

    private RingTroubleKind? Take(ulong startMs, uint durationMs, ReadOnlySpan<byte> segment, bool isContinuation)
    {
        if (!_ring.IsTaking)
            return RingTroubleKind.NotTaking;
        if (durationMs > EvidenceLimits.MediaDuration || segment.Length > EvidenceLimits.SegmentPlaintext)
            return RingTroubleKind.TooLarge;
        if (segment.IsEmpty || startMs > EvidenceLimits.SafeInteger - EvidenceLimits.Window)
            return RingTroubleKind.Malformed;
        TurnOn(_stream, startMs);
        var group = isContinuation ? _stream.Open : null;
        if (isContinuation && group is null)
            return Lose(startMs, RingTroubleKind.WaitingForKeyFrame);
        if (group is not null && startMs - Math.Min(startMs, group.StartMs) > EvidenceRing.OldestGroupMs)
        {
            _ring.Evict(group);
            _lossReason = GapReason.EvictedForSpace;
            return Lose(startMs, RingTroubleKind.WaitingForKeyFrame);
        }
        if (group is null && _stream.Open is { } before)
            _ring.Finish(_stream, before.Units[^1], before.EndMs, groupGoesOn: false);
        var unit = _ring.Start(_stream, UnitForm.Ready, segment.Length, startMs, group);
        if (unit is null || !_ring.Append(_stream.Open!, unit, segment, startMs, isKey: !isContinuation))
        {
            _stream.Notes.Add(startMs, startMs + durationMs, GapReason.EvictedForSpace);
            return Break(startMs, GapReason.EvictedForSpace);
        }
        _lossReason = GapReason.NeverReceived;
        _ring.Finish(_stream, unit, startMs + durationMs, groupGoesOn: Track.Kind == TrackKind.Video);
        return null;
    }

    // The chain of frames is broken: what is held of the group stays, and the next key frame starts anew.
    private RingTroubleKind Break(ulong ms, uint reason, RingTroubleKind kind = RingTroubleKind.NoRoom)
    {
        _lossReason = reason;
        if (_stream.Open is { } open)
            _ring.Finish(_stream, open.Units[^1], open.EndMs, groupGoesOn: false);
        return Lose(ms, kind);
    }

    private RingTroubleKind Lose(ulong ms, RingTroubleKind kind)
    {
        // "Never received" is what a hole without a note means.
        if (_lossReason != GapReason.NeverReceived)
            _stream.Notes.Add(_stream.QuietSinceMs, ms + _usualMs, _lossReason);
        _session.KeyFrameClock.AskSoon(Track);
        return kind;
    }

    private void Say(RingTroubleKind? trouble, int bytes)
    {
        if (trouble is { } kind)
            _session.Say(kind, Track);
        else
            SdkMeter.Written.Add(bytes);
    }
}
