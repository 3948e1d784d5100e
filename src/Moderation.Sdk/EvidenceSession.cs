// One meeting at the host: takes in what the host's client received and keeps the last seconds of it in memory.
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>Which meeting, and who in it holds this session.</summary>
/// <param name="Uuid">16 bytes, made by the platform for this instance of the meeting.</param>
/// <param name="Reporter">16 bytes, this host's pseudonym in it.</param>
public sealed record MeetingInstance(byte[] Uuid, byte[] Reporter);

/// <summary>
/// Keeps the last seconds in memory, never on disk. Safe for any number of threads. Writers never wait for input, output or
/// a user and never throw.
/// </summary>
public sealed class EvidenceSession : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private readonly TimeProvider _clock;
    private readonly DateTimeOffset? _epoch;
    private readonly ITimer _timer;
    private readonly Lock _writersGate = new();
    private readonly List<TrackWriter> _tracks = [];
    private readonly List<SFrameWriter> _sframes = [];
    private readonly Dictionary<string, uint> _lastStream = [];
    private bool _handedOver;

    internal EvidenceSession(ModerationHost host, MeetingInstance meeting, DateTimeOffset? epochUtc)
    {
        if (meeting.Uuid.Length != 16 || meeting.Reporter.Length != 16)
            throw new ArgumentException("Meeting and reporter are 16 bytes each.", nameof(meeting));
        (Host, Meeting, _epoch, _clock) = (host, meeting, epochUtc, host.Options.Clock);
        Ring = new EvidenceRing(host.Options.Window, host.Options.MaxMemory);
        KeyFrameClock = new KeyFrameClock(_clock);
        Chat = new ChatWriter(this);
        _timer = _clock.CreateTimer(_ => OnTick(), null, Tick, Tick);
    }

    /// <summary>Ask this track's sender for a key frame now. Raised on a timer's thread.</summary>
    public event Action<MediaTrack>? KeyFrameNeeded;

    /// <summary>Something could not be held. Raised on the writer's thread, outside every lock.</summary>
    public event Action<RingTrouble>? Trouble;

    public MeetingInstance Meeting { get; }

    /// <summary>The meeting's chat.</summary>
    public ChatWriter Chat { get; }

    /// <summary>Bytes held now, counted in whole blocks; never above <see cref="ModerationHostOptions.MaxMemory"/>.</summary>
    public long BufferedBytes => Ring.Bytes;

    /// <summary>Units held now.</summary>
    public int BufferedUnits => Ring.Units;

    internal ModerationHost Host { get; }
    internal EvidenceRing Ring { get; }
    internal KeyFrameClock KeyFrameClock { get; }
    internal Roster Roster { get; } = new();

    /// <summary>A track of decrypted media: host-asserted (kind 2).</summary>
    /// <param name="participant">16 bytes, meeting-scoped pseudonym.</param>
    public TrackWriter AddTrack(
        ReadOnlySpan<byte> participant,
        TrackKind kind,
        Codec codec,
        TrackSource source = TrackSource.Other
    )
    {
        if ((codec == Codec.Opus) != (kind == TrackKind.Audio))
            throw new ArgumentException("Opus is sound, every other codec is video.", nameof(codec));
        lock (_writersGate)
        {
            var name = NameOf(participant);
            var id = _lastStream[name] = _lastStream.GetValueOrDefault(name) + 1;
            var track = new MediaTrack(id, name, kind, codec, source);
            var writer = new TrackWriter(this, AddStream(track, SegmentKind.AssertedMedia), track);
            _tracks.Add(writer);
            return writer;
        }
    }

    /// <summary>A track of decrypted media; its kind follows from the codec.</summary>
    public TrackWriter AddTrack(ReadOnlySpan<byte> participant, Codec codec) =>
        AddTrack(participant, codec == Codec.Opus ? TrackKind.Audio : TrackKind.Video, codec);

    /// <summary>A stream of SFrame frames as they came from a relay that makes receipts: relay-attested (kind 1).</summary>
    /// <param name="participant">16 bytes, meeting-scoped pseudonym.</param>
    /// <param name="streamId">The stream's number as the relay knows it.</param>
    /// <param name="codec">What the decrypted media are.</param>
    public SFrameWriter AddSFrameStream(
        ReadOnlySpan<byte> participant,
        uint streamId,
        Codec codec,
        TrackSource source = TrackSource.Other
    )
    {
        lock (_writersGate)
        {
            var name = NameOf(participant);
            _lastStream[name] = Math.Max(_lastStream.GetValueOrDefault(name), streamId);
            var kind = codec == Codec.Opus ? TrackKind.Audio : TrackKind.Video;
            var track = new MediaTrack(streamId, name, kind, codec, source);
            var writer = new SFrameWriter(this, AddStream(track, SegmentKind.AttestedMedia), track);
            _sframes.Add(writer);
            return writer;
        }
    }

    /// <summary>For the roster of a report.</summary>
    /// <param name="name">As the meeting shows it; optional.</param>
    public void ParticipantJoined(ReadOnlySpan<byte> participant, string? name = null) =>
        Roster.Add(NowMs(), NameOf(participant), "join", name);

    /// <summary>Their tracks end here: what follows is no hole of theirs.</summary>
    public void ParticipantLeft(ReadOnlySpan<byte> participant)
    {
        var name = NameOf(participant);
        var nowMs = NowMs();
        Roster.Add(nowMs, name, "leave");
        lock (_writersGate)
        {
            foreach (var writer in _tracks.Where(writer => writer.Track.Participant == name))
                End(writer.RingStream, writer.Track);
            foreach (var writer in _sframes.Where(writer => writer.Track.Participant == name))
                End(writer.RingStream, writer.Track);
            _tracks.RemoveAll(writer => writer.Track.Participant == name);
            _sframes.RemoveAll(writer => writer.Track.Participant == name);
        }

        void End(RingStream stream, MediaTrack track)
        {
            lock (Ring.Gate)
                stream.LeftMs ??= Math.Max(nowMs, stream.LastMs);
            KeyFrameClock.Remove(track);
        }
    }

    /// <summary>Another participant hosts now. Who does not host keeps nothing: all is erased and nothing more is taken in.</summary>
    public void HostHandedOver(ReadOnlySpan<byte> toParticipant)
    {
        Roster.Add(NowMs(), NameOf(toParticipant), "host");
        _handedOver = true;
        Suspend();
    }

    /// <summary>The report dialog is open: key frames are asked for every 2 s until the answer is disposed.</summary>
    public IDisposable BeginReport()
    {
        KeyFrameClock.OpenDialog();
        return new ReportDialog(KeyFrameClock);
    }

    /// <summary>Pins what the ring holds of the window as a draft. Only a user's act can do so.</summary>
    /// <exception cref="InvalidOperationException">The user's act was used before or is too old.</exception>
    public ReportDraft Freeze(FreezeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Gesture);
        request.Gesture.Use();
        if (_epoch is not null)
            lock (Ring.Gate)
                Ring.Advance(NowMs(Ring));
        return new ReportDraft(this, request.Subjects, Ring.Freeze(request.Window));
    }

    /// <summary>The computer sleeps or the client is paused: everything is erased, and the pause is a gap of the whole client.</summary>
    public void Suspend()
    {
        Ring.Suspend(NowMs());
        ForgetKeys();
    }

    /// <summary>Takes in again, unless the meeting was handed over.</summary>
    public void Resume()
    {
        if (!_handedOver)
            Ring.Resume(NowMs());
    }

    /// <summary>Forgets everything, as the user may ask at any time.</summary>
    public void Clear()
    {
        Ring.Clear(NowMs());
        ForgetKeys();
        Roster.Clear();
    }

    /// <summary>The meeting is left: everything is erased. A draft the user is still looking at lives on until it dies.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        if (!IsDisposed)
            ForgetKeys();
        IsDisposed = true;
        Ring.Dispose();
        Roster.Clear();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal bool IsDisposed { get; private set; }

    internal ulong NowMs()
    {
        lock (Ring.Gate)
            return NowMs(Ring);
    }

    /// <summary>ms on the meeting clock; without an epoch what was written last is now. The ring's lock is held.</summary>
    internal ulong NowMs(EvidenceRing ring) => _epoch is null ? ring.NewestMs : MeetingMs(_clock.GetUtcNow(), ring);

    internal ulong MeetingMs(DateTimeOffset at, EvidenceRing ring) =>
        _epoch is { } epoch ? (ulong)Math.Max(0, (long)(at - epoch).TotalMilliseconds) : ring.NewestMs;

    internal void Say(RingTroubleKind kind, MediaTrack? track)
    {
        SdkMeter.Dropped.Add(1, new KeyValuePair<string, object?>("reason", kind.ToString()));
        try
        {
            Trouble?.Invoke(new RingTrouble(kind, track));
        }
        // A handler of the host's must not hurt the call.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            SdkMeter.Dropped.Add(0, new KeyValuePair<string, object?>("reason", nameof(RingTroubleKind.HandlerFailed)));
        }
    }

    private void OnTick()
    {
        if (_epoch is not null)
            lock (Ring.Gate)
                Ring.Advance(NowMs(Ring));
        foreach (var track in KeyFrameClock.TakeDue())
        {
            SdkMeter.KeyFrameRequests.Add(1);
            try
            {
                KeyFrameNeeded?.Invoke(track);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Say(RingTroubleKind.HandlerFailed, track);
            }
        }
    }

    private RingStream AddStream(MediaTrack track, SegmentKind kind)
    {
        KeyFrameClock.Add(track);
        var rank = track.Kind == TrackKind.Audio ? StreamRank.Audio : StreamRank.Video;
        return Ring.Add(new StreamKey(track.Participant, track.Id, kind), rank, (uint)track.Codec, NowMs());
    }

    private void ForgetKeys()
    {
        lock (_writersGate)
            lock (Ring.Gate)
                foreach (var writer in _sframes)
                    writer.Forget();
    }

    private static string NameOf(ReadOnlySpan<byte> participant) =>
        participant.Length == 16 && participant.ContainsAnyExcept((byte)0)
            ? Convert.ToHexStringLower(participant)
            : throw new ArgumentException("A pseudonym is 16 bytes that are not all zero.", nameof(participant));

    private sealed class ReportDialog(KeyFrameClock keyFrames) : IDisposable
    {
        private int _closed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _closed, 1) == 0)
                keyFrames.CloseDialog();
        }
    }
}
