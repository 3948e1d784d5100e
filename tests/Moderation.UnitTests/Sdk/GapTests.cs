// Every hole of a window is told with its reason, to the millisecond.
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Ring;

namespace Moderation.UnitTests.Sdk;

public sealed class GapTests : IDisposable
{
    private static readonly byte[] Who = [.. Enumerable.Repeat((byte)7, 16)];
    private readonly TestIntake _intake = new();
    private readonly ManualClock _clock = new();
    private readonly ModerationHost _host;
    private readonly EvidenceSession _session;

    public GapTests()
    {
        _host = _intake.Host(_clock, TimeSpan.FromSeconds(20), 20 * BlockStore.BlockLength);
        _session = _host.OpenMeeting(new MeetingInstance(new byte[16], Who), _clock.GetUtcNow());
    }

    [Fact]
    public void What_never_came_is_65_and_a_pause_of_a_quarter_of_a_second_is_no_hole()
    {
        var track = _session.AddTrack(Who, Codec.Vp9);
        track.WriteSegment(0, 2_000, [1]);
        track.WriteSegment(2_250, 2_000, [1]);
        track.WriteSegment(4_501, 1_499, [1]);
        track.WriteSegment(8_000, 2_000, [1]);

        Gaps(10_000).ShouldBe([(65u, 4_250ul, 251u), (65u, 6_000ul, 2_000u)]);
    }

    [Fact]
    public void What_had_to_make_room_is_64()
    {
        var track = _session.AddTrack(Who, Codec.Vp9);
        for (ulong ms = 0; ms < 10_000; ms += 2_000)
            track.WriteSegment(ms, 2_000, new byte[40_000]);

        Gaps(10_000).ShouldBe([(64u, 0ul, 2_000u)]);
    }

    [Fact]
    public void What_the_reporter_took_out_is_66_with_its_continuations()
    {
        var track = _session.AddTrack(Who, Codec.Vp9);
        track.WriteSegment(0, 2_000, [1]);
        track.WriteSegment(2_000, 2_000, [1]);
        track.WriteSegment(4_000, 2_000, [1], isContinuation: true);
        track.WriteSegment(6_000, 4_000, [1]);

        Gaps(10_000, draft => draft.Exclude(draft.Segments.Single(s => s.StartMs == 2_000)))
            .ShouldBe([(66u, 2_000ul, 4_000u)]);
    }

    [Fact]
    public void A_camera_switched_off_is_67_and_loss_beside_it_is_told_apart()
    {
        var track = _session.AddTrack(Who, Codec.Vp9);
        track.WriteSegment(0, 2_000, [1]);
        track.TurnedOff(3_000);
        track.TurnedOn(6_000);
        track.WriteSegment(8_000, 2_000, [1]);

        Gaps(10_000).ShouldBe([(65u, 2_000ul, 1_000u), (67u, 3_000ul, 3_000u), (65u, 6_000ul, 2_000u)]);
    }

    [Fact]
    public void A_suspended_client_is_68_for_itself_and_for_each_stream()
    {
        var track = _session.AddTrack(Who, Codec.Vp9);
        _clock.Advance(TimeSpan.FromSeconds(4));
        _session.Suspend();
        _clock.Advance(TimeSpan.FromSeconds(2));
        _session.Resume();
        track.WriteSegment(6_000, 4_000, [1]);

        Gaps(10_000).ShouldBe([(68u, 4_000ul, 2_000u), (69u, 0ul, 4_000u), (68u, 4_000ul, 2_000u)]);
    }

    [Fact]
    public void A_track_that_was_not_there_yet_or_no_more_is_69()
    {
        _clock.Advance(TimeSpan.FromSeconds(3));
        var track = _session.AddTrack(Who, Codec.Vp9);
        track.WriteSegment(3_000, 2_000, [1]);
        _clock.Advance(TimeSpan.FromSeconds(2));
        _session.ParticipantLeft(Who);

        Gaps(10_000).ShouldBe([(69u, 0ul, 3_000u), (69u, 5_000ul, 5_000u)]);
    }

    [Fact]
    public void A_stream_of_which_nothing_is_held_is_a_gap_of_the_whole_window()
    {
        _session.AddTrack(Who, Codec.Vp9);

        Gaps(10_000).ShouldBe([(65u, 0ul, 10_000u)]);
    }

    public void Dispose()
    {
        _session.Dispose();
        _host.Dispose();
        _intake.Dispose();
    }

    private List<(uint, ulong, uint)> Gaps(ulong nowMs, Action<ReportDraft>? edit = null)
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(nowMs);
        _clock.Advance(now - _clock.GetUtcNow());
        using var draft = _session.Freeze(
            new FreezeRequest([], TimeSpan.FromSeconds(20), UserGesture.FromLocalClick(_clock))
        );
        edit?.Invoke(draft);
        draft.Segments.ShouldAllBe(s => s.StartMs + s.DurationMs <= draft.WindowEndMs);
        return
        [
            .. draft
                .Segments.Where(s => s.Kind == SegmentKind.Gap)
                .Select(s => (s.GapReason!.Value, s.StartMs, s.DurationMs)),
        ];
    }
}
