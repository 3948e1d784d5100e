// A synthetic meeting of real media: two participants with camera and sound, looped, written into a session's ring.
using System.Reflection;

namespace Moderation.Sdk.Testing;

/// <summary>Test patterns and a tone, no person's likeness. Simulated time: a minute of meeting takes milliseconds.</summary>
public static class FakeMeeting
{
    private const int GroupMs = 2_000;
    private const int Groups = 4;

    /// <summary>Plays <paramref name="length"/> of meeting into the session, starting at the meeting's epoch.</summary>
    /// <param name="subject">16 bytes: shows the large test pattern and makes the sound.</param>
    /// <param name="other">16 bytes: shows the small test pattern.</param>
    /// <param name="cameraOff">When set, the subject's camera is off between these two moments.</param>
    public static void Play(
        EvidenceSession session,
        ReadOnlySpan<byte> subject,
        ReadOnlySpan<byte> other,
        TimeSpan length,
        (TimeSpan From, TimeSpan To)? cameraOff = null,
        IReadOnlyList<(TimeSpan At, string Text)>? chat = null
    )
    {
        var camera = session.AddTrack(subject, Codec.Vp9);
        var sound = session.AddTrack(subject, Codec.Opus);
        var otherCamera = session.AddTrack(other, Codec.Vp9);
        var lines = new Queue<(TimeSpan At, string Text)>((chat ?? []).OrderBy(l => l.At));
        for (ulong at = 0; at < length.TotalMilliseconds; at += GroupMs)
        {
            var group = (int)(at / GroupMs % Groups);
            if (cameraOff is not { } off || at < off.From.TotalMilliseconds || at >= off.To.TotalMilliseconds)
                camera.WriteSegment(at, GroupMs, Segment("video", group, at, 90));
            else
                camera.TurnedOff(at);
            sound.WriteSegment(at, GroupMs, Segment("audio", group, at, 48));
            otherCamera.WriteSegment(at, GroupMs, Segment("other", group, at, 90));
            while (lines.TryPeek(out var line) && line.At.TotalMilliseconds < at + GroupMs)
            {
                lines.Dequeue();
                session.Chat.Write(subject, (ulong)line.At.TotalMilliseconds, line.Text);
            }
        }
    }

    private static byte[] Segment(string track, int group, ulong atMs, uint ticksPerMs) =>
        Cmaf.Segment(Read($"{track}-header.mp4"), Read($"{track}-{group}.m4s"), atMs * ticksPerMs);

    internal static byte[] Read(string name)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream($"media/{name}")
            ?? throw new InvalidOperationException($"The medium {name} is not built in.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
