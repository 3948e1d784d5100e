// The words for what a participant sends: a track, its codec, where it comes from, and one encoded frame of it.
namespace Moderation.Sdk;

/// <summary>Picture or sound.</summary>
public enum TrackKind
{
    Video = 1,
    Audio = 2,
}

/// <summary>The codecs of the content registry, by their numbers there (evidence-bundle.md 6.3).</summary>
public enum Codec
{
    Vp9 = 1,
    Av1 = 2,
    H264 = 3,
    Opus = 4,
    Vp8 = 5,
}

/// <summary>What a track shows or where its sound comes from; for the host's own lists, not part of the evidence.</summary>
public enum TrackSource
{
    Camera,
    Screen,
    Microphone,
    Other,
}

/// <summary>One track of one participant.</summary>
/// <param name="Id">The stream number in the evidence; unique for the participant.</param>
/// <param name="Participant">The meeting-scoped pseudonym, 16 bytes in lower-case hex.</param>
public sealed record MediaTrack(uint Id, string Participant, TrackKind Kind, Codec Codec, TrackSource Source);

/// <summary>One encoded frame after decryption, as a depacketiser gives it: VP8, VP9 and AV1 a temporal unit, H.264 an access unit
/// with start codes, Opus a packet.</summary>
/// <param name="rtpTimestamp">Of the track's RTP clock: 90,000 a second for video, 48,000 for sound.</param>
/// <param name="isKey">A decoder can start here. Read it after decryption.</param>
/// <param name="payload">Copied once by the writer.</param>
public readonly ref struct EncodedFrame(uint rtpTimestamp, bool isKey, ReadOnlySpan<byte> payload)
{
    public uint RtpTimestamp { get; } = rtpTimestamp;
    public bool IsKey { get; } = isKey;
    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>When the frame is known to be of, ms on the meeting clock; else the arrival of the track's first frame counts.</summary>
    public ulong? MeetingMs { get; init; }
}

/// <summary>Why something that a writer was given is not held. It becomes a gap of its own accord.</summary>
public enum RingTroubleKind
{
    /// <summary>There was no room, or the frame's group had to make room.</summary>
    NoRoom,

    /// <summary>Larger or longer than a segment may be.</summary>
    TooLarge,

    /// <summary>A delta frame without the frame it builds on.</summary>
    WaitingForKeyFrame,

    /// <summary>Empty, of a wrong length, or out of order.</summary>
    Malformed,

    /// <summary>Frames of this codec cannot be packed here: give ready segments (<see cref="TrackWriter.WriteSegment"/>).</summary>
    CodecNeedsSegments,

    /// <summary>The session is suspended or closed.</summary>
    NotTaking,

    /// <summary>The host's own event handler threw.</summary>
    HandlerFailed,
}

/// <summary>One thing that went wrong in the ring; the call goes on.</summary>
/// <param name="Track">Null for chat and roster.</param>
public sealed record RingTrouble(RingTroubleKind Kind, MediaTrack? Track);
