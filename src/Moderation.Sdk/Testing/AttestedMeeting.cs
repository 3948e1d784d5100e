// The synthetic meeting as end-to-end-encrypted senders make it: SFrame frames through an SFU that signs receipts.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Relay;

namespace Moderation.Sdk.Testing;

/// <summary>One SFrame frame on its way from the SFU to a host.</summary>
/// <param name="Participant">16 bytes: whose stream it is.</param>
/// <param name="Segment">Counts the KIDs of the stream from 0.</param>
/// <param name="Number">Counts the frames of the KID from 0; frame 0 is the CMAF header.</param>
/// <param name="BaseKey">K_seg, which every member of the meeting has.</param>
/// <param name="MediaMs">When its media begin, ms on the meeting clock.</param>
/// <param name="DurationMs">How long its media last; 0 for the header.</param>
public sealed record ForwardedFrame(
    byte[] Participant,
    uint Stream,
    Codec Content,
    ulong Kid,
    int Segment,
    int Number,
    byte[] BaseKey,
    ulong MediaMs,
    uint DurationMs,
    byte[] Bytes
);

/// <summary>Two participants with camera and sound; every stream takes a new KID for each group of 2 s.</summary>
public static class AttestedMeeting
{
    private const int GroupMs = 2_000;
    private const int ChunksPerGroup = 6;

    /// <summary>Plays <paramref name="length"/> of meeting, starting at the meeting's epoch.</summary>
    /// <param name="deliver">Takes what reaches the host, in order; what it drops, the relay has seen nevertheless.</param>
    /// <param name="cameraOff">When set, the subject's camera is off between these two moments.</param>
    /// <param name="lateKid">The other participant's last KID is still open when the host freezes, so it has no receipt.</param>
    public static void Play(
        SimulatedSfu sfu,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> other,
        TimeSpan length,
        Action<ForwardedFrame> deliver,
        (TimeSpan From, TimeSpan To)? cameraOff = null,
        bool lateKid = false
    )
    {
        using var subjects = sfu.Relay.Connect(subject);
        using var others = sfu.Relay.Connect(other);
        Sender[] senders =
        [
            new(subject.ToArray(), subjects, 1, 1, Codec.Vp9, "video", 90, 5),
            new(subject.ToArray(), subjects, 1, 2, Codec.Opus, "audio", 48, 17),
            new(other.ToArray(), others, 2, 3, Codec.Vp9, "other", 90, 5),
        ];
        var end = (ulong)length.TotalMilliseconds;
        for (ulong at = 0; at < end; at += GroupMs)
        {
            var group = at;
            var sending = senders.Where(s => s.Stream != 1 || !IsOff(cameraOff, group)).ToList();
            foreach (var sender in sending)
                sender.Start(group, GroupMs);
            for (var frame = 0; frame <= ChunksPerGroup; frame++)
            {
                sfu.AdvanceTo(group + (ulong)(frame * GroupMs / (ChunksPerGroup + 1)));
                foreach (var sender in sending)
                    if (sender.Send(frame) is { } forwarded)
                        deliver(forwarded);
            }
        }
        sfu.AdvanceTo(end);
        // What nobody sends any more closes by silence; a sender that goes on keeps its last KID open.
        for (var passed = 0; passed < 14_000; passed += 1_000)
        {
            sfu.AdvanceTo(sfu.NowMs + 1_000);
            if (lateKid)
                senders[2].Send(ChunksPerGroup);
        }
        foreach (var sender in senders)
            sender.Dispose();
    }

    private static bool IsOff((TimeSpan From, TimeSpan To)? off, ulong atMs) =>
        off is { } o && atMs >= o.From.TotalMilliseconds && atMs < o.To.TotalMilliseconds;

    private sealed class Sender(
        byte[] participant,
        RelayConnection connection,
        ulong member,
        uint stream,
        Codec content,
        string medium,
        uint ticksPerMs,
        int samplesPerChunk
    ) : IDisposable
    {
        private readonly byte[] _epochSecret = RandomNumberGenerator.GetBytes(32);
        private readonly byte[] _header = FakeMeeting.Read($"{medium}-header.mp4");
        private List<byte[]> _boxes = [];
        private SFrameSender? _sframe;
        private int _segment = -1;
        private ulong _startMs;

        public uint Stream => stream;

        public void Dispose() => _sframe?.Dispose();

        public void Start(ulong atMs, int groupMs)
        {
            _segment++;
            _startMs = atMs;
            var fragment = FakeMeeting.Read($"{medium}-{(int)(atMs / (ulong)groupMs % 4)}.m4s");
            _boxes = [_header, .. CmafChunks.Cut(fragment, samplesPerChunk, atMs * ticksPerMs)];
            _sframe?.Dispose();
            // epoch (16 bits) | member (16) | track (8) | segment number (24)
            _sframe = new SFrameSender(
                _epochSecret,
                (1UL << 48) | (member << 32) | ((ulong)stream << 24) | (uint)_segment
            );
            connection.StartKid(stream, _sframe.Kid, _sframe.KeyCommitment);
        }

        public ForwardedFrame? Send(int number)
        {
            if (number >= _boxes.Count || _sframe is null)
                return null;
            var bytes = _sframe.Seal(_boxes[number]);
            return connection.Forward(stream, bytes) == RelayAnswer.Taken
                ? new ForwardedFrame(
                    participant,
                    stream,
                    content,
                    _sframe.Kid,
                    _segment,
                    number,
                    _sframe.BaseKey(),
                    number == 0 ? _startMs : _startMs + ChunkAt(number - 1),
                    number == 0 ? 0 : (uint)(ChunkAt(number) - ChunkAt(number - 1)),
                    bytes
                )
                : null;
        }

        private static ulong ChunkAt(int chunk) => (ulong)(chunk * GroupMs / ChunksPerGroup);
    }
}
