// From the relay through the host's SDK and the server to the analyst, nothing sealed by hand: lost frames, and a receipt that never comes.
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.IntegrationTests.Intake;
using Moderation.Sdk;

namespace Moderation.IntegrationTests.Opening;

[Collection(OpeningCollection.Name)]
public sealed class RelayToAnalystTests(VaultApp app)
{
    [Fact]
    public async Task What_the_SDK_held_of_relayed_streams_opens_at_G1_and_the_KID_still_open_after_12_s_as_the_hosts_word()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app, lateKid: true);
        await meeting.TrustAsync();
        var clock = new UnwaitingClock(app.Clock.GetUtcNow());
        using var sdk = new ModerationHost(
            new ModerationHostOptions
            {
                Endpoint = app.Address,
                GetToken = _ => ValueTask.FromResult(meeting.Host.Http.DefaultRequestHeaders.Authorization!.Parameter!),
                DeviceSigner = meeting.Host.Device,
                ConfigurationKey = meeting.Host.PublicKey("config.pub"),
                ReceiptKey = meeting.Host.PublicKey("receipt.pub"),
                Clock = clock,
            }
        );
        using var session = sdk.OpenMeeting(meeting.Host.Meeting, meeting.Host.Pseudonym);
        Receive(session, meeting);
        using var draft = session.Freeze(
            new FreezeRequest([meeting.Host.Others[0]], TimeSpan.FromSeconds(60), UserGesture.FromLocalClick())
        );
        var media = draft.Segments.Count(s => s.Kind == SegmentKind.AttestedMedia);
        media.ShouldBe(12);

        var receipt = await draft.SubmitAsync("harassment", ct: TestContext.Current.CancellationToken);

        clock.Waited.ShouldBe(TimeSpan.FromSeconds(12));
        var about = await app.CaseOfAsync(receipt.ReportId);
        using var anna = await AnalystTab.OpenAsync(app);
        await anna.ClaimAsync(about);
        List<OpenedSegment> opened = [];
        for (uint index = 0; index < media; index++)
            opened.Add(
                (
                    await anna.OpenSegmentAsync(receipt.ReportId, anna.Terms(receipt.ContentId, about, index), index)
                ).Value
            );
        foreach (var segment in opened)
            segment.Media.AsSpan(4, 4).SequenceEqual("ftyp"u8).ShouldBeTrue();
        opened.Count(segment => segment.Grade == AttributionGrade.G1).ShouldBe(11);
        opened.Count(segment => segment.Grade == AttributionGrade.G0).ShouldBe(1);
        opened.Sum(segment => segment.MissingFrames).ShouldBe(1);
    }

    // One frame of the subject's second group never reaches the host; the relay saw it.
    private static void Receive(EvidenceSession session, RelayedMeeting meeting)
    {
        Dictionary<uint, SFrameWriter> streams = [];
        foreach (var frame in meeting.Frames)
        {
            if (!streams.TryGetValue(frame.Stream, out var stream))
                streams[frame.Stream] = stream = session.AddSFrameStream(
                    frame.Participant,
                    frame.Stream,
                    frame.Content
                );
            if (frame.Number == 0)
                stream.SetSegmentKey(frame.Kid, frame.BaseKey);
            if (frame is not { Stream: 1, Segment: 1, Number: 3 })
                stream.Write(frame.Kid, frame.Bytes, frame.MediaMs, frame.DurationMs);
        }
    }

    // Who waits is told at once that the time has passed; what only ends a draft, or ticks, never comes.
    private sealed class UnwaitingClock(DateTimeOffset now) : TimeProvider
    {
        private TimeSpan _waited;

        public TimeSpan Waited => _waited;

        public override DateTimeOffset GetUtcNow() => now + _waited;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var isWait = period == Timeout.InfiniteTimeSpan && dueTime < TimeSpan.FromMinutes(1);
            if (isWait)
                _waited += dueTime;
            return System.CreateTimer(callback, state, isWait ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
        }
    }
}
