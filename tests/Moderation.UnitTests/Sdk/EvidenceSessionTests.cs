// What the host's client keeps, what it forgets, and that only a person's act freezes it.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.UnitTests.Sdk;

public sealed class EvidenceSessionTests : IDisposable
{
    private static readonly byte[] Subject = RandomNumberGenerator.GetBytes(16);
    private static readonly byte[] Other = RandomNumberGenerator.GetBytes(16);
    private readonly CoseSigner _device = CoseSigner.Generate();
    private readonly List<IDisposable> _open = [];

    [Fact]
    public void Only_the_last_seconds_of_a_long_meeting_are_kept()
    {
        var session = Open(TimeSpan.FromSeconds(12));
        FakeMeeting.Play(session, Subject, Other, TimeSpan.FromMinutes(5));

        using var draft = Freeze(session, TimeSpan.FromSeconds(12));

        draft.WindowEndMs.ShouldBe(300_000ul);
        draft.WindowStartMs.ShouldBe(288_000ul);
        draft.Segments.Min(s => s.StartMs).ShouldBe(288_000ul);
        draft.Segments.ShouldAllBe(s => s.Kind == SegmentKind.AssertedMedia);
    }

    [Fact]
    public void Bytes_bound_the_ring_too_and_what_was_let_go_is_a_gap_with_its_reason()
    {
        var session = Open(TimeSpan.FromSeconds(60), bytes: 200_000);
        FakeMeeting.Play(session, Subject, Other, TimeSpan.FromSeconds(60));

        session.BufferedBytes.ShouldBeLessThanOrEqualTo(200_000);
        using var draft = Freeze(session, TimeSpan.FromSeconds(60));

        draft.Segments.Where(s => s.Kind == SegmentKind.Gap).ShouldContain(s => s.GapReason == 64);
    }

    [Fact]
    public void A_track_that_the_reporter_takes_out_is_shown_as_taken_out()
    {
        var session = Open(TimeSpan.FromSeconds(8));
        var track = session.AddTrack(Other, Codec.Vp9);
        track.WriteSegment(0, 2_000, [1, 2, 3]);
        using var draft = Freeze(session, TimeSpan.FromSeconds(8));

        draft.Exclude(track);

        draft.Segments.ShouldAllBe(s => s.Kind == SegmentKind.Gap);
        draft.Segments.ShouldContain(s => s.GapReason == 66);
    }

    [Fact]
    public void Before_a_stream_began_and_before_a_clear_a_gap_says_other_and_never_received_only_where_it_was_there()
    {
        var session = Open(TimeSpan.FromSeconds(10));
        var first = session.AddTrack(Other, Codec.Vp9);
        first.WriteSegment(4_000, 2_000, [1]);
        var late = session.AddTrack(Subject, Codec.Vp9);
        late.WriteSegment(8_000, 2_000, [1]);
        using (var draft = Freeze(session, TimeSpan.FromSeconds(10)))
            GapsOf(draft).ShouldBe(["first 0+4000 65", "first 6000+4000 65", "late 0+6000 69", "late 6000+2000 65"]);

        session.Clear();
        first.WriteSegment(12_000, 2_000, [1]);
        using var second = Freeze(session, TimeSpan.FromSeconds(10));

        GapsOf(second).ShouldContain("first 4000+6000 69");
        GapsOf(second).ShouldContain("first 10000+2000 65");

        static List<string> GapsOf(ReportDraft draft) =>
            [
                .. draft
                    .Segments.Where(s => s.Kind == SegmentKind.Gap)
                    .Select(s =>
                        $"{(s.Participant == Convert.ToHexStringLower(Other) ? "first" : "late")} {s.StartMs}+{s.DurationMs} {s.GapReason}"
                    )
                    .Order(StringComparer.Ordinal),
            ];
    }

    [Fact]
    public void One_act_of_the_user_freezes_once()
    {
        var session = Open(TimeSpan.FromSeconds(8));
        FakeMeeting.Play(session, Subject, Other, TimeSpan.FromSeconds(8));
        var act = UserGesture.FromLocalClick();
        using var first = session.Freeze(new FreezeRequest([Subject], TimeSpan.FromSeconds(8), act));

        Should.Throw<InvalidOperationException>(() =>
            session.Freeze(new FreezeRequest([Subject], TimeSpan.FromSeconds(8), act))
        );
        Should.Throw<ArgumentNullException>(() =>
            session.Freeze(new FreezeRequest([Subject], TimeSpan.FromSeconds(8), null!))
        );
    }

    [Fact]
    public void An_act_of_the_user_is_too_old_after_five_seconds()
    {
        var session = Open(TimeSpan.FromSeconds(8));
        FakeMeeting.Play(session, Subject, Other, TimeSpan.FromSeconds(8));
        var clock = new ManualClock();
        var (fresh, stale) = (UserGesture.FromLocalClick(clock), UserGesture.FromLocalClick(clock));

        clock.Advance(TimeSpan.FromSeconds(5));
        session.Freeze(new FreezeRequest([Subject], TimeSpan.FromSeconds(8), fresh)).Dispose();
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Should.Throw<InvalidOperationException>(() =>
            session.Freeze(new FreezeRequest([Subject], TimeSpan.FromSeconds(8), stale))
        );
    }

    [Fact]
    public void Nothing_public_but_a_draft_submits_and_nothing_public_but_a_gesture_freezes()
    {
        var methods = typeof(EvidenceSession)
            .Assembly.GetExportedTypes()
            .SelectMany(t => t.GetMethods())
            .Where(m => m.DeclaringType!.Assembly == typeof(EvidenceSession).Assembly)
            .ToList();
        methods.Count.ShouldBeGreaterThan(10);

        methods.Where(m => m.ReturnType == typeof(ReportDraft)).Select(m => m.Name).ShouldBe(["Freeze"]);
        methods
            .Where(m => m.Name.Contains("Submit", StringComparison.Ordinal))
            .ShouldAllBe(m => m.DeclaringType == typeof(ReportDraft));
        typeof(UserGesture).GetConstructors().ShouldBeEmpty();
    }

    [Fact]
    public void Clear_forgets_everything()
    {
        var session = Open(TimeSpan.FromSeconds(8));
        FakeMeeting.Play(session, Subject, Other, TimeSpan.FromSeconds(8));

        session.Clear();

        (session.BufferedBytes, session.BufferedUnits).ShouldBe((0, 0));
    }

    public void Dispose()
    {
        foreach (var open in _open)
            open.Dispose();
        _device.Dispose();
    }

    private EvidenceSession Open(TimeSpan window, long bytes = 64 * 1024 * 1024)
    {
        var host = new ModerationHost(
            new ModerationHostOptions
            {
                Endpoint = new Uri("http://127.0.0.1"),
                GetToken = _ => ValueTask.FromResult(""),
                DeviceSigner = _device,
                ConfigurationKey = _device.PublicKey,
                ReceiptKey = _device.PublicKey,
                Window = window,
                MaxMemory = bytes,
            }
        );
        var session = host.OpenMeeting(new byte[16], Other);
        _open.AddRange([session, host]);
        return session;
    }

    private static ReportDraft Freeze(EvidenceSession session, TimeSpan window) =>
        session.Freeze(new FreezeRequest([Subject], window, UserGesture.FromLocalClick()));
}
