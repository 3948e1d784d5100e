// Plays an end-to-end-encrypted synthetic meeting through an SFU into a host's session, losing frames where asked.
using System.Security.Cryptography;
using Moderation.Cli.Verbs;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.Cli;

public static class AttestedPlay
{
    public static void Run(
        EvidenceSession session,
        SimulatedSfu sfu,
        FakeMeetingPlan plan,
        byte[] subject,
        byte[] other,
        (TimeSpan From, TimeSpan To)? cameraOff,
        IReadOnlyList<(TimeSpan At, string Text)> chat
    )
    {
        Dictionary<uint, SFrameWriter> streams = [];
        var lines = new Queue<(TimeSpan At, string Text)>(chat.Where(line => line.At >= TimeSpan.Zero));
        AttestedMeeting.Play(sfu, subject, other, plan.Length, Deliver, cameraOff, plan.LateKid);

        void Deliver(ForwardedFrame frame)
        {
            while (lines.TryPeek(out var line) && line.At.TotalMilliseconds <= frame.MediaMs)
            {
                lines.Dequeue();
                session.Chat.Write(subject, (ulong)line.At.TotalMilliseconds, line.Text);
            }
            if (!streams.TryGetValue(frame.Stream, out var stream))
                streams[frame.Stream] = stream = session.AddSFrameStream(
                    frame.Participant,
                    frame.Stream,
                    frame.Content
                );
            // A member of the meeting derives the key from the epoch; it comes with or without the frames.
            if (frame.Number == 0)
                stream.SetSegmentKey(frame.Kid, frame.BaseKey);
            if (RandomNumberGenerator.GetInt32(100) >= plan.LossPercent)
                stream.Write(frame.Kid, frame.Bytes, frame.MediaMs, frame.DurationMs);
        }
    }
}
