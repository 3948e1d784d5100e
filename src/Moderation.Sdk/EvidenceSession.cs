// One meeting at the host: takes in what the host's client received and keeps the last seconds of it in memory.
using System.Text;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>What a track carries (content registry, evidence-bundle.md 6.3).</summary>
public enum TrackContent
{
    Vp9 = 1,
    Av1 = 2,
    H264 = 3,
    Opus = 4,
    Vp8 = 5,
}

/// <summary>What a user asked to report.</summary>
/// <param name="Subjects">Pseudonyms of 16 bytes; none means the meeting itself.</param>
/// <param name="Window">How much of the ring goes into the draft.</param>
/// <param name="Gesture">The user's act.</param>
public sealed record FreezeRequest(IReadOnlyList<byte[]> Subjects, TimeSpan Window, UserGesture Gesture);

/// <summary>Keeps the last seconds in memory, never on disk. Writers never block and never throw for a full ring.</summary>
public sealed class EvidenceSession : IDisposable
{
    private readonly EvidenceRing _ring;
    private uint _streams;

    internal EvidenceSession(ModerationHost host, byte[] meetingUuid, byte[] reporter)
    {
        if (meetingUuid.Length != 16 || reporter.Length != 16)
            throw new ArgumentException("Meeting and reporter are 16 bytes each.");
        Host = host;
        MeetingUuid = meetingUuid;
        Reporter = reporter;
        _ring = new EvidenceRing(host.Options.Window, host.Options.MaxMemory);
    }

    internal ModerationHost Host { get; }
    internal byte[] MeetingUuid { get; }
    internal byte[] Reporter { get; }

    /// <summary>Bytes held now; never above <see cref="ModerationHostOptions.MaxMemory"/>.</summary>
    public long BufferedBytes => _ring.Bytes;

    /// <summary>Units held now.</summary>
    public int BufferedUnits => _ring.Units;

    /// <summary>A track that delivers ready segments (adapter C of sdk-and-cli.md 1.4).</summary>
    public TrackWriter AddTrack(ReadOnlySpan<byte> participant, TrackContent content) =>
        new(
            _ring,
            new StreamKey(Convert.ToHexStringLower(participant), ++_streams, SegmentKind.AssertedMedia),
            content
        );

    /// <summary>One chat message as the host's client showed it.</summary>
    /// <param name="atMs">ms on the meeting clock.</param>
    public void WriteChat(ReadOnlySpan<byte> from, ulong atMs, string text)
    {
        var sender = Convert.ToHexStringLower(from);
        var line = JsonSerializer.Serialize(
            new
            {
                t = atMs,
                from = sender,
                text,
            }
        );
        _ring.Add(
            new BufferedUnit(
                new StreamKey(sender, 0, SegmentKind.Chat),
                atMs,
                0,
                16,
                Encoding.UTF8.GetBytes(line + "\n")
            )
        );
    }

    /// <summary>Pins what the ring holds of the window as a draft. Only a user's act can do so.</summary>
    public ReportDraft Freeze(FreezeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request.Gesture);
        request.Gesture.Use();
        return new ReportDraft(this, request.Subjects, _ring.Freeze(_ring.NewestMs, request.Window));
    }

    /// <summary>Forgets everything: at the end of the meeting, a change of host, suspend, or when the user says so.</summary>
    public void Clear() => _ring.Clear();

    public void Dispose() => _ring.Dispose();
}

/// <summary>Writes one participant's track into the ring.</summary>
public sealed class TrackWriter
{
    private readonly EvidenceRing _ring;
    private readonly StreamKey _stream;
    private readonly TrackContent _content;

    internal TrackWriter(EvidenceRing ring, StreamKey stream, TrackContent content) =>
        (_ring, _stream, _content) = (ring, stream, content);

    public uint Stream => _stream.Stream;

    /// <summary>One self-initialising segment: a group of pictures from a random access point, or at most 2 s of sound.</summary>
    /// <param name="startMs">ms on the meeting clock.</param>
    /// <param name="durationMs">At most 10,000.</param>
    /// <param name="segment">Header and chunks (<see cref="Cmaf.Segment"/>); copied once.</param>
    public void WriteSegment(ulong startMs, uint durationMs, ReadOnlySpan<byte> segment)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(durationMs, EvidenceLimits.MediaDuration);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(segment.Length, EvidenceLimits.SegmentPlaintext);
        _ring.Add(new BufferedUnit(_stream, startMs, durationMs, (uint)_content, segment));
    }
}
