// The ring's bounds, its order of eviction, and that keys are gone before anything else is.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Ring;

namespace Moderation.UnitTests.Sdk;

public sealed class RingTests : IDisposable
{
    private static readonly byte[] Who = [.. Enumerable.Repeat((byte)7, 16)];
    private readonly TestIntake _intake = new();
    private readonly ManualClock _clock = new();
    private readonly List<IDisposable> _open = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Seconds_and_bytes_hold_and_memory_never_grows_whatever_is_written(int seed)
    {
        const long bytes = 512 * 1024;
        var session = Open(TimeSpan.FromSeconds(20), bytes);
        var blocks = session.Ring.Store.Blocks;
        var chance = new Pcg((ulong)seed);
        List<TrackWriter> tracks =
        [
            session.AddTrack(Who, TrackKind.Video, Codec.Vp9),
            session.AddTrack(Who, TrackKind.Audio, Codec.Opus),
            session.AddTrack(Who, TrackKind.Video, Codec.Vp8),
        ];
        var payload = new byte[200_000];
        for (var i = 0; i < 4_000; i++)
        {
            var at = (ulong)i * 33;
            var frame = payload.AsSpan(0, 1 + chance.Below(i % 50 == 0 ? payload.Length : 6_000));
            tracks[chance.Below(3)].Write(new EncodedFrame(0, chance.Below(30) == 0, frame) { MeetingMs = at });
            if (chance.Below(200) == 0)
                session.Chat.Write(Who, at, "hello");
            session.BufferedBytes.ShouldBeLessThanOrEqualTo(bytes);
            if (i % 500 == 0)
                Freeze(session, 20).Cancel();
        }
        using var draft = Freeze(session, 20);

        session.Ring.Store.Blocks.ShouldBe(blocks);
        (draft.WindowEndMs - draft.WindowStartMs).ShouldBeLessThanOrEqualTo(EvidenceLimits.Window);
        draft.Segments.ShouldAllBe(s => s.StartMs >= draft.WindowStartMs);
        draft.Cancel();
        session.Clear();
        (session.Ring.Store.Free, session.Ring.Keys.Free).ShouldBe((blocks, session.Ring.Keys.Count));
    }

    [Fact]
    public void Writing_allocates_nothing_for_a_frame()
    {
        var session = Open(TimeSpan.FromSeconds(20));
        var track = session.AddTrack(Who, TrackKind.Video, Codec.Vp9);
        var payload = new byte[2_000];
        track.Write(new EncodedFrame(0, true, payload) { MeetingMs = 0 });
        track.Write(new EncodedFrame(0, false, payload) { MeetingMs = 1 });

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 2; i < 1_002; i++)
            track.Write(new EncodedFrame(0, false, payload) { MeetingMs = i });

        // The list of a unit's blocks grows a few times; a frame costs nothing.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000);
    }

    [Fact]
    public void Video_goes_before_sound_and_sound_before_chat_the_oldest_first()
    {
        var session = Open(TimeSpan.FromSeconds(60), 20 * BlockStore.BlockLength);
        var sound = session.AddTrack(Who, Codec.Opus);
        var video = session.AddTrack(Who, Codec.Vp9);
        session.Chat.Write(Who, 0, "first of all");
        sound.WriteSegment(0, 2_000, new byte[30_000]);
        for (ulong i = 0; i < 6; i++)
            video.WriteSegment(i * 2_000, 2_000, new byte[30_000]);
        using (var draft = Freeze(session, 60))
        {
            draft.Segments.Count(s => s.Kind == SegmentKind.Chat).ShouldBe(1);
            draft.Segments.Count(s => s.Content == (uint)Codec.Opus).ShouldBe(1);
            draft
                .Segments.Where(s => s.Content == (uint)Codec.Vp9)
                .Select(s => s.StartMs)
                .ShouldBe([6_000ul, 8_000, 10_000]);
        }
        for (ulong i = 1; i < 9; i++)
            sound.WriteSegment(i * 2_000, 2_000, new byte[30_000]);
        using var later = Freeze(session, 60);

        later.Segments.ShouldNotContain(s => s.Content == (uint)Codec.Vp9);
        later.Segments.Count(s => s.Kind == SegmentKind.Chat).ShouldBe(1);
        later.Segments.Where(s => s.Content == (uint)Codec.Opus).Min(s => s.StartMs).ShouldBeGreaterThan(0ul);
    }

    [Fact]
    public void A_group_and_its_continuations_are_kept_sent_and_evicted_together()
    {
        var session = Open(TimeSpan.FromSeconds(60), 30 * BlockStore.BlockLength);
        var track = session.AddTrack(Who, Codec.Vp9);
        for (ulong ms = 0; ms < 20_000; ms += 100)
            track.Write(new EncodedFrame(0, ms == 0, new byte[500]) { MeetingMs = ms });
        using (var draft = Freeze(session, 3))
            draft.Segments.Select(s => (s.Content, s.StartMs)).ShouldBe([(1u, 0ul), (257u, 8_000ul), (257u, 16_000ul)]);

        // A new group that needs the room takes all three.
        for (ulong ms = 20_000; ms < 24_000; ms += 100)
            track.Write(new EncodedFrame(0, ms == 20_000, new byte[5_000]) { MeetingMs = ms });

        using var later = Freeze(session, 60);
        var media = later.Segments.Where(s => s.Kind == SegmentKind.AssertedMedia).ToList();
        media.ShouldHaveSingleItem().StartMs.ShouldBe(20_000ul);
        later.Segments.ShouldContain(s => s.GapReason == 64 && s.StartMs == 0);
    }

    [Theory]
    [InlineData("clear")]
    [InlineData("suspend")]
    [InlineData("hand over")]
    public void Every_way_of_forgetting_leaves_no_key(string how)
    {
        var session = Open(TimeSpan.FromSeconds(60));
        var track = session.AddTrack(Who, Codec.Vp9);
        var sframe = session.AddSFrameStream(Who, 9, Codec.Vp9);
        track.Write(new EncodedFrame(0, true, new byte[50_000]) { MeetingMs = 0 });
        track.WriteSegment(2_000, 2_000, new byte[50_000]);
        sframe.SetSegmentKey(5, RandomNumberGenerator.GetBytes(32));
        sframe.SetSegmentKey(6, RandomNumberGenerator.GetBytes(32));
        sframe.Write(5, new byte[100], 0);
        var keys = session.Ring.Keys;
        (keys.Count - keys.Free).ShouldBe(4);

        if (how == "clear")
            session.Clear();
        else if (how == "suspend")
            session.Suspend();
        else
            session.HostHandedOver(Who);

        keys.Free.ShouldBe(keys.Count);
        for (var slot = 0; slot < keys.Count; slot++)
            keys[slot].ContainsAnyExcept((byte)0).ShouldBeFalse();
        session.Ring.Store.Free.ShouldBe(session.Ring.Store.Blocks);
        session.BufferedUnits.ShouldBe(0);
    }

    [Fact]
    public void A_key_is_erased_before_its_blocks_are_given_back()
    {
        var store = new BlockStore(4);
        using var keys = new KeySlots(1);
        var slot = keys.TakeRandom();
        var unit = new BufferedUnit(new StreamKey("00", 1, SegmentKind.AssertedMedia), UnitForm.Ready, 1, 0, slot);
        unit.Append(store, keys, new byte[20_000], 0, true);
        var key = keys[slot].ToArray();
        key.ShouldContain(b => b != 0);

        unit.Erase(store, keys);

        keys[slot].ContainsAnyExcept((byte)0).ShouldBeFalse();
        (store.Free, unit.IsErased).ShouldBe((4, true));
        Should.Throw<CryptographicException>(() => unit.Read(store, keys, 3, new byte[20_000]));
    }

    [Fact]
    public void A_fall_between_key_and_blocks_leaves_blocks_without_a_key()
    {
        var store = new BlockStore(4);
        using var keys = new KeySlots(1);
        var slot = keys.TakeRandom();
        var unit = new BufferedUnit(new StreamKey("00", 1, SegmentKind.AssertedMedia), UnitForm.Ready, 1, 0, slot);
        unit.Append(store, keys, new byte[20_000], 0, true);

        // A store that cannot take the blocks back falls over them.
        Should.Throw<IndexOutOfRangeException>(() => unit.Erase(new BlockStore(1), keys));

        store.Free.ShouldBe(1);
        keys[slot].ContainsAnyExcept((byte)0).ShouldBeFalse();
    }

    [Fact]
    public void Plaintext_never_rests_in_the_blocks()
    {
        var session = Open(TimeSpan.FromSeconds(60), 8 * BlockStore.BlockLength);
        var marker = RandomNumberGenerator.GetBytes(24);
        session.AddTrack(Who, Codec.Vp9).Write(new EncodedFrame(0, true, marker) { MeetingMs = 0 });

        for (var block = 0; block < session.Ring.Store.Blocks; block++)
            session.Ring.Store[block].IndexOf(marker).ShouldBe(-1);
    }

    [Fact]
    public async Task A_freeze_while_others_write_stays_what_it_was()
    {
        var ct = TestContext.Current.CancellationToken;
        var session = Open(TimeSpan.FromSeconds(30), 1024 * 1024);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var writers = Enumerable
            .Range(0, 3)
            .Select(n =>
            {
                var track = session.AddTrack(Who, Codec.Vp9);
                return Task.Run(() =>
                {
                    var payload = new byte[3_000];
                    payload.AsSpan().Fill((byte)(n + 1));
                    for (ulong ms = 0; !stop.IsCancellationRequested; ms += 33)
                        track.Write(new EncodedFrame(0, ms % 990 == 0, payload) { MeetingMs = ms });
                });
            })
            .ToArray();
        for (var i = 0; i < 20; i++)
        {
            await Task.Delay(5, ct);
            using var frozen = session.Ring.Freeze(TimeSpan.FromSeconds(30));
            var first = Bytes(frozen);
            await Task.Delay(5, ct);
            var second = Bytes(frozen);
            second.ShouldBe(first);
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        session.BufferedBytes.ShouldBeLessThanOrEqualTo(1024 * 1024);

        List<string> Bytes(FrozenUnits frozen) =>
            [
                .. frozen.Units.Select(unit =>
                {
                    var bytes = new byte[unit.Bytes];
                    frozen.Ring.Read(unit, bytes);
                    return Convert.ToHexString(SHA256.HashData(bytes));
                }),
            ];
    }

    [Fact]
    public void Writers_never_throw_and_say_what_they_could_not_take()
    {
        var session = Open(TimeSpan.FromSeconds(60), 4 * BlockStore.BlockLength);
        List<RingTroubleKind> troubles = [];
        session.Trouble += trouble => troubles.Add(trouble.Kind);
        session.Trouble += _ => throw new InvalidOperationException("the host's own fault");
        var track = session.AddTrack(Who, Codec.Vp9);

        track.Write(new EncodedFrame(0, false, new byte[10]) { MeetingMs = 0 });
        track.Write(new EncodedFrame(0, true, new byte[100_000]) { MeetingMs = 0 });
        track.Write(new EncodedFrame(0, true, []) { MeetingMs = 0 });
        track.WriteSegment(0, 60_000, [1]);
        session.AddSFrameStream(Who, 9, Codec.Vp9).SetSegmentKey(1, new byte[5]);
        session.Chat.Write(new byte[3], 0, "who?");
        session.Suspend();
        track.WriteSegment(0, 1, [1]);

        troubles.ShouldBe([
            RingTroubleKind.WaitingForKeyFrame,
            RingTroubleKind.NoRoom,
            RingTroubleKind.Malformed,
            RingTroubleKind.TooLarge,
            RingTroubleKind.Malformed,
            RingTroubleKind.Malformed,
            RingTroubleKind.NotTaking,
        ]);
    }

    [Fact]
    public void Key_frames_are_asked_for_every_four_seconds_and_every_two_while_reporting()
    {
        var session = Open(TimeSpan.FromSeconds(60), epoch: true);
        session.AddTrack(Who, Codec.Opus);
        var track = session.AddTrack(Who, Codec.Vp9);
        var asked = 0;
        session.KeyFrameNeeded += asked_ => asked += asked_ == track.Track ? 1 : 100;

        _clock.Advance(TimeSpan.FromSeconds(60));
        asked.ShouldBeInRange(12, 17);
        asked = 0;
        using (session.BeginReport())
            _clock.Advance(TimeSpan.FromSeconds(60));

        asked.ShouldBeInRange(23, 34);
    }

    public void Dispose()
    {
        foreach (var open in _open)
            open.Dispose();
        _intake.Dispose();
    }

    private EvidenceSession Open(TimeSpan window, long bytes = 8 * 1024 * 1024, bool epoch = false)
    {
        var host = _intake.Host(_clock, window, bytes);
        var session = epoch
            ? host.OpenMeeting(new MeetingInstance(new byte[16], Who), _clock.GetUtcNow())
            : host.OpenMeeting(new byte[16], Who);
        _open.AddRange([session, host]);
        return session;
    }

    private ReportDraft Freeze(EvidenceSession session, int seconds) =>
        session.Freeze(new FreezeRequest([], TimeSpan.FromSeconds(seconds), UserGesture.FromLocalClick(_clock)));

    // SplitMix64: a seed gives the same run every time.
    private sealed class Pcg(ulong state)
    {
        public int Below(int bound)
        {
            state += 0x9E3779B97F4A7C15;
            var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return (int)((z ^ (z >> 31)) % (ulong)bound);
        }
    }
}
