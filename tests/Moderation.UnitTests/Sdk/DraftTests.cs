// The life of a draft, and its way to the service: sealed, sent, interrupted, gone on with.
using System.Security.Cryptography;
using System.Text;
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.UnitTests.Sdk;

public sealed class DraftTests
{
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1];
    private readonly ManualClock _clock = new() { WaitsNoTime = true };
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void A_draft_dies_after_fifteen_minutes_and_its_keys_with_it()
    {
        using var intake = new TestIntake();
        using var host = intake.Host(_clock);
        var session = Played(host, intake);
        using var draft = Freeze(session, intake);
        session.Dispose();
        var store = session.Ring.Store;
        store.Free.ShouldBeLessThan(store.Blocks);

        _clock.Advance(TimeSpan.FromMinutes(14.9));
        draft.IsAlive.ShouldBeTrue();
        _clock.Advance(TimeSpan.FromMinutes(0.2));

        draft.IsAlive.ShouldBeFalse();
        store.Free.ShouldBe(store.Blocks);
        Should.Throw<ObjectDisposedException>(() => draft.Segments);
        Should.Throw<ObjectDisposedException>(() => session.Ring.Keys[0].Length);
    }

    [Fact]
    public async Task A_report_opens_to_what_the_preview_showed_and_the_draft_dies_with_the_receipt()
    {
        using var intake = new TestIntake();
        using var host = intake.Host(_clock);
        using var session = Played(host, intake);
        session.ParticipantJoined(intake.World.Participant, "Someone");
        using var draft = Freeze(session, intake);
        draft.AddNote("what I saw");
        draft.AddScreenshot(Png);
        var preview = draft.Segments;

        await draft.SubmitAsync("spam", ct: Ct);

        var opened = intake.OpenAll();
        opened
            .Select(o => ((SegmentKind)o.Descriptor.Kind, o.Descriptor.T0, o.Descriptor.Duration))
            .ShouldBe(preview.Select(s => (s.Kind, s.StartMs, s.DurationMs)));
        Encoding.UTF8.GetString(Of(SegmentKind.Note)).ShouldBe("what I saw");
        Of(SegmentKind.Screenshot).ShouldBe(Png);
        Encoding.UTF8.GetString(Of(SegmentKind.Roster)).ShouldContain("\"event\":\"join\",\"name\":\"Someone\"");
        draft.IsAlive.ShouldBeFalse();

        byte[] Of(SegmentKind kind) => opened.Single(o => o.Descriptor.Kind == (uint)kind).Opened.Plaintext;
    }

    [Fact]
    public async Task Lost_connections_are_tried_again_and_every_byte_arrives()
    {
        using var intake = new TestIntake { Loses = (r, n) => r.Method == HttpMethod.Put && n % 3 == 0 };
        using var host = intake.Host(_clock);
        using var session = Played(host, intake);
        using var draft = Freeze(session, intake);

        await draft.SubmitAsync("spam", ct: Ct);

        intake.OpenAll().Count.ShouldBe(intake.Segments.Count);
    }

    [Fact]
    public async Task An_interrupted_upload_goes_on_with_what_is_missing()
    {
        using var intake = new TestIntake();
        using var host = intake.Host(_clock);
        using var session = Played(host, intake);
        using var draft = Freeze(session, intake);
        intake.Loses = (r, _) => r.Method == HttpMethod.Put && intake.Segments.Count >= 3;
        await Should.ThrowAsync<HttpRequestException>(() => draft.SubmitAsync("spam", ct: Ct));
        intake.Segments.Count.ShouldBe(3);

        intake.Loses = (_, _) => false;
        intake.Requests.Clear();
        await draft.SubmitAsync("spam", ct: Ct);

        intake.Requests.ShouldContain("GET /v1/reports/rep_1");
        intake.Requests.ShouldNotContain("POST /v1/reports");
        intake.OpenAll().Count.ShouldBe(intake.Segments.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_when_the_servers_history_of_the_device_is_another()
    {
        using var intake = new TestIntake { LastCounter = 4, LastContentId = RandomNumberGenerator.GetBytes(32) };
        using var host = intake.Host(_clock);
        using var session = Played(host, intake);
        using var draft = Freeze(session, intake);

        var refused = await Should.ThrowAsync<ModerationClientException>(() => draft.SubmitAsync("spam", ct: Ct));

        refused.Code.ShouldBe("client.chain-differs");
        intake.Requests.ShouldNotContain("POST /v1/reports");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Attested_streams_are_sent_with_the_relays_receipts_or_as_the_hosts_word(bool isAttested)
    {
        SimulatedSfu? sfu = null;
        using var intake = new TestIntake { Relay = isAttested ? query => sfu!.Relay.Attest(query.Kids) : null };
        var epoch = _clock.GetUtcNow();
        using var simulated = sfu = new SimulatedSfu(intake.World.Meeting, epoch, intake.World.Relay);
        using var host = intake.Host(_clock);
        using var session = host.OpenMeeting(intake.World.Meeting, intake.World.Reporter);
        var other = RandomNumberGenerator.GetBytes(16);
        Dictionary<uint, SFrameWriter> streams = [];
        AttestedMeeting.Play(
            sfu,
            intake.World.Participant,
            other,
            TimeSpan.FromSeconds(8),
            frame =>
            {
                if (!streams.TryGetValue(frame.Stream, out var writer))
                    streams[frame.Stream] = writer = session.AddSFrameStream(
                        frame.Participant,
                        frame.Stream,
                        frame.Content
                    );
                writer.SetSegmentKey(frame.Kid, frame.BaseKey);
                // One frame of the second segment never reaches the host.
                if (frame is not { Segment: 1, Number: 3 })
                    writer.Write(frame.Kid, frame.Bytes, frame.MediaMs);
            },
            lateKid: true
        );
        using var draft = Freeze(session, intake);

        await draft.SubmitAsync("spam", ct: Ct);

        var media = intake.OpenAll().Where(o => o.Descriptor.Kind is 1 or 2).ToList();
        media.Count.ShouldBe(12);
        media.Select(o => Encoding.ASCII.GetString(o.Opened.Media, 4, 4)).Distinct().ShouldBe(["ftyp"]);
        var attested = media.Where(o => o.Opened.Grade == AttributionGrade.G1).ToList();
        // The other's last KID was open at the freeze and never closed: the host's own word.
        attested.Count.ShouldBe(isAttested ? 11 : 0);
        attested.Sum(o => o.Opened.MissingFrames).ShouldBe(isAttested ? 3 : 0);
        intake
            .Requests.Count(r => r.EndsWith("attestations", StringComparison.Ordinal))
            .ShouldBeGreaterThan(isAttested ? 4 : 0);
    }

    private static EvidenceSession Played(ModerationHost host, TestIntake intake)
    {
        var session = host.OpenMeeting(intake.World.Meeting, intake.World.Reporter);
        FakeMeeting.Play(
            session,
            intake.World.Participant,
            RandomNumberGenerator.GetBytes(16),
            TimeSpan.FromSeconds(20),
            chat: [(TimeSpan.FromSeconds(3), "a line")]
        );
        return session;
    }

    private ReportDraft Freeze(EvidenceSession session, TestIntake intake) =>
        session.Freeze(
            new FreezeRequest
            {
                Subjects = [intake.World.Participant],
                Window = TimeSpan.FromSeconds(30),
                Gesture = UserGesture.FromLocalClick(_clock),
            }
        );
}
