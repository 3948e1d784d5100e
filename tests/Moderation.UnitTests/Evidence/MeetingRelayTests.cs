// Holds the reference relay to evidence-bundle.md 12.2: which KIDs close when, what a receipt says, what is remembered.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Relay;

namespace Moderation.UnitTests.Evidence;

public sealed class MeetingRelayTests : IDisposable
{
    private readonly RelayWorld world = new();
    private byte[] Alice => world.World.Participant;

    [Fact]
    public void A_kid_closes_when_the_next_one_of_its_stream_starts()
    {
        using var alice = world.Relay.Connect(Alice);
        var frames = world.Send(alice, 1, 7);
        world.Pass(4_000);
        world.Ask(Alice, 1, 7).ShouldBeNull();

        world.Send(alice, 1, 8);
        world.Pass(2_000);

        var attested = world.Ask(Alice, 1, 7).ShouldNotBeNull();
        attested.FrameHashes.ShouldBe(frames.Select(f => MerkleTree.LeafHash(f)));
        var leaf = StreamLeaf.Parse(attested.Leaf).ShouldNotBeNull();
        leaf.FrameCount.ShouldBe(3UL);
        leaf.ByteCount.ShouldBe((ulong)frames.Sum(f => f.Length));
        leaf.FramesRoot.ShouldBe(MerkleTree.RootOfHashes([.. attested.FrameHashes]));
        leaf.KeyCommitment.ShouldBe(
            SegmentKeys.SFrameKeyCommitment(SegmentKeys.SFrameBaseKey(world.EpochSecret, 7), 7)
        );
        world.Ask(Alice, 1, 8).ShouldBeNull();
    }

    [Fact]
    public void A_frame_of_another_kid_than_the_open_one_is_not_counted_under_it()
    {
        using var alice = world.Relay.Connect(Alice);
        using var other = new SFrameSender(world.EpochSecret, 8);
        var frames = world.Send(alice, 1, 7);

        alice.Forward(1, other.Seal("boxes"u8)).ShouldBe(RelayAnswer.KidNotOpen);

        world.Send(alice, 1, 9);
        world.Pass(2_000);
        world.Ask(Alice, 1, 7).ShouldNotBeNull().FrameHashes.ShouldBe(frames.Select(f => MerkleTree.LeafHash(f)));
    }

    [Fact]
    public void A_kid_of_another_stream_closes_nothing()
    {
        using var alice = world.Relay.Connect(Alice);
        world.Send(alice, 1, 7);
        world.Send(alice, 2, 8);

        world.Pass(4_000);

        world.Receipts.ShouldBeEmpty();
    }

    [Fact]
    public void A_kid_closes_after_ten_seconds_without_a_frame()
    {
        using var alice = world.Relay.Connect(Alice);
        var frames = world.Send(alice, 1, 7);
        world.Pass(9_500);
        world.Ask(Alice, 1, 7).ShouldBeNull();

        world.Pass(2_500);

        world.Ask(Alice, 1, 7).ShouldNotBeNull();
        alice.Forward(1, frames[0]).ShouldBe(RelayAnswer.KidNotOpen);
    }

    [Fact]
    public void Windows_without_a_closed_kid_use_up_no_number_and_the_chain_has_no_hole()
    {
        using var alice = world.Relay.Connect(Alice);
        for (ulong kid = 1; kid <= 4; kid++)
        {
            world.Send(alice, 1, kid);
            world.Pass(kid == 2 ? 7_000 : 2_000);
        }

        world.Pass(2_000);

        var receipts = Verified();
        receipts.Select(r => r.Window).ShouldBe([1UL, 2UL, 3UL]);
        receipts.Select(r => (r.WindowStart, r.WindowEnd)).ShouldAllBe(w => w.WindowEnd - w.WindowStart == 2_000);
        receipts[0].Previous.ShouldBe(new byte[32]);
        receipts[2].Previous.ShouldBe(SHA256.HashData(world.Receipts[1]));
    }

    [Theory]
    [InlineData(CoseAlgorithm.Ed25519)]
    [InlineData(CoseAlgorithm.Esp256)]
    public void Every_leaf_of_a_window_lies_under_its_receipt_whatever_the_key(CoseAlgorithm algorithm)
    {
        using var signer = CoseSigner.Generate(algorithm);
        using var own = new RelayWorld(signer: signer);
        using var alice = own.Relay.Connect(own.World.Participant);
        for (uint stream = 1; stream <= 5; stream++)
        {
            own.Send(alice, stream, 100 + stream);
            own.Send(alice, stream, 200 + stream);
        }

        own.Pass(2_000);

        var receipt = RelayReceipt
            .VerifyAll([own.Receipts.ShouldHaveSingleItem()], [signer.PublicKey], own.World.Meeting)
            .Value[0];
        receipt.LeafCount.ShouldBe(5UL);
        for (uint stream = 1; stream <= 5; stream++)
        {
            var attested = own.Ask(own.World.Participant, stream, 100 + stream).ShouldNotBeNull();
            var hash = MerkleTree.LeafHash(attested.Leaf.Span);
            MerkleTree
                .Includes(receipt.Root, receipt.LeafCount, attested.LeafIndex, hash, attested.Proof)
                .ShouldBeTrue();
        }
    }

    [Fact]
    public void A_restarted_relay_goes_on_with_the_chain()
    {
        using var alice = world.Relay.Connect(Alice);
        world.Send(alice, 1, 1);
        world.Send(alice, 1, 2);
        world.Pass(2_000);

        var next = new MeetingRelay(
            world.World.Meeting,
            world.Clock.GetUtcNow(),
            world.World.Relay,
            world.Clock,
            chain: world.Relay.Chain
        );
        using var again = next.Connect(Alice);
        world.Send(again, 1, 3);
        world.Send(again, 1, 4);
        world.Clock.Advance(TimeSpan.FromSeconds(2));
        world.Receipts.AddRange(next.CloseWindows());

        Verified().Select(r => r.Window).ShouldBe([1UL, 2UL]);
    }

    [Fact]
    public void A_kid_takes_4096_frames_and_no_more()
    {
        using var alice = world.Relay.Connect(Alice);
        world.Send(alice, 1, 7, EvidenceLimits.Frames);
        using var sender = new SFrameSender(world.EpochSecret, 7);

        alice.Forward(1, sender.Seal("one more"u8)).ShouldBe(RelayAnswer.TooManyFrames);
        world.Send(alice, 1, 8);
        world.Pass(2_000);

        world.Ask(Alice, 1, 7).ShouldNotBeNull().FrameHashes.Count.ShouldBe(EvidenceLimits.Frames);
    }

    [Fact]
    public void A_connection_writes_to_its_own_participant_alone()
    {
        var bob = RandomNumberGenerator.GetBytes(16);
        using var alice = world.Relay.Connect(Alice);
        using var bobs = world.Relay.Connect(bob);
        var frames = world.Send(alice, 1, 7);
        // Bob knows every key of the meeting and sends Alice's own frame under Alice's KID.
        bobs.Forward(1, frames[0]).ShouldBe(RelayAnswer.KidNotOpen);
        world.Send(bobs, 1, 7);
        world.Send(alice, 1, 8);
        world.Send(bobs, 1, 8);

        world.Pass(2_000);

        world.Ask(Alice, 1, 7).ShouldNotBeNull().FrameHashes.Count.ShouldBe(3);
        StreamLeaf.Parse(world.Ask(bob, 1, 7).ShouldNotBeNull().Leaf)!.Participant.ShouldBe(bob);
    }

    [Fact]
    public void A_later_connection_ends_the_earlier_one_and_its_streams_go_on()
    {
        using var alice = world.Relay.Connect(Alice);
        var frames = world.Send(alice, 1, 7);

        using var again = world.Relay.Connect(Alice);

        alice.Forward(1, frames[0]).ShouldBe(RelayAnswer.ConnectionEnded);
        alice.StartKid(1, 8, new byte[32]).ShouldBe(RelayAnswer.ConnectionEnded);
        alice.Dispose();
        again.Forward(1, frames[0]).ShouldBe(RelayAnswer.Taken);
    }

    [Fact]
    public void A_kid_that_was_used_is_not_opened_again()
    {
        using var alice = world.Relay.Connect(Alice);
        world.Send(alice, 1, 7);
        alice.StartKid(1, 7, new byte[32]).ShouldBe(RelayAnswer.KidUsed);
        world.Send(alice, 1, 8);
        alice.StartKid(1, 7, new byte[32]).ShouldBe(RelayAnswer.KidUsed);
        world.Pass(4_000);

        alice.StartKid(1, 7, new byte[32]).ShouldBe(RelayAnswer.KidUsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("88")]
    [InlineData("8807")]
    public void A_frame_without_a_header_in_its_shortest_form_is_not_taken(string frame)
    {
        using var alice = world.Relay.Connect(Alice);
        world.Send(alice, 1, 7);

        alice.Forward(1, Convert.FromHexString(frame)).ShouldBe(RelayAnswer.FrameMalformed);
    }

    [Fact]
    public void A_sender_cannot_make_the_relay_grow_with_streams_or_kids()
    {
        using var alice = world.Relay.Connect(Alice);
        var options = world.Relay.Options;
        for (uint stream = 1; stream <= options.StreamsPerParticipant; stream++)
            alice.StartKid(stream, 1, new byte[32]).ShouldBe(RelayAnswer.Taken);
        alice.StartKid(9_999, 1, new byte[32]).ShouldBe(RelayAnswer.TooManyStreams);
        for (var kid = options.StreamsPerParticipant; kid < options.KidsPerWindow; kid++)
            alice.StartKid(1, (ulong)kid + 1, new byte[32]).ShouldBe(RelayAnswer.Taken);
        alice.StartKid(1, 9_999, new byte[32]).ShouldBe(RelayAnswer.TooManyKids);

        world.Pass(2_000);

        alice.StartKid(1, 9_999, new byte[32]).ShouldBe(RelayAnswer.Taken);
        // A KID without a frame is in no receipt.
        world.Receipts.ShouldBeEmpty();
    }

    [Fact]
    public void Everything_is_forgotten_ring_length_and_ten_minutes_later()
    {
        using var alice = world.Relay.Connect(Alice);
        world.Send(alice, 1, 7);
        world.Send(alice, 1, 8);
        world.Pass(2_000);
        alice.Dispose();

        world.Clock.Advance(TimeSpan.FromSeconds(659));
        world.Relay.CloseWindows();
        world.Ask(Alice, 1, 7).ShouldNotBeNull();

        world.Clock.Advance(TimeSpan.FromSeconds(672));
        world.Relay.CloseWindows();
        world.Clock.Advance(TimeSpan.FromSeconds(672));
        world.Relay.CloseWindows();

        world.Ask(Alice, 1, 7).ShouldBeNull();
        world.Relay.KeptBytes.ShouldBe(0);
    }

    [Fact]
    public void Memory_is_bounded_by_bytes_and_the_oldest_window_goes_first()
    {
        using var own = new RelayWorld(new RelayOptions { KeptBytes = 60_000 });
        using var alice = own.Relay.Connect(own.World.Participant);
        for (ulong kid = 1; kid <= 40; kid++)
        {
            own.Send(alice, 1, kid, frames: 100);
            own.Pass(2_000);
            own.Relay.KeptBytes.ShouldBeLessThanOrEqualTo(60_000);
        }

        own.Ask(own.World.Participant, 1, 1).ShouldBeNull();
        own.Ask(own.World.Participant, 1, 39).ShouldNotBeNull();
    }

    [Fact]
    public async Task Any_number_of_threads_gives_one_chain_in_which_every_closed_kid_stands_once()
    {
        var participants = Enumerable.Range(0, 8).Select(_ => RandomNumberGenerator.GetBytes(16)).ToArray();
        using var stop = new CancellationTokenSource();
        var windows = Task.Run(
            () =>
            {
                // Five minutes at most: the relay forgets what is older than its ring and ten more.
                for (var tick = 0; tick < 1000 && !stop.IsCancellationRequested; tick++)
                {
                    world.Clock.Advance(TimeSpan.FromMilliseconds(300));
                    world.Receipts.AddRange(world.Relay.CloseWindows());
                }
            },
            TestContext.Current.CancellationToken
        );
        await Parallel.ForEachAsync(
            participants,
            TestContext.Current.CancellationToken,
            (participant, _) =>
            {
                using var connection = world.Relay.Connect(participant);
                for (ulong kid = 1; kid <= 50; kid++)
                {
                    using var sender = new SFrameSender(world.EpochSecret, kid);
                    var stream = (uint)(kid % 3);
                    connection.StartKid(stream, kid, sender.KeyCommitment).ShouldBe(RelayAnswer.Taken);
                    var frame = sender.Seal("box"u8);
                    connection.Forward(stream, frame).ShouldBeOneOf(RelayAnswer.Taken, RelayAnswer.KidNotOpen);
                }
                return ValueTask.CompletedTask;
            }
        );
        await stop.CancelAsync();
        await windows;
        world.Pass(13_000);

        var receipts = Verified();
        receipts.Select(r => r.Window).ShouldBe(Enumerable.Range(1, receipts.Length).Select(n => (ulong)n));
        var leaves = participants
            .SelectMany(p => Enumerable.Range(1, 50).Select(kid => world.Ask(p, (uint)(kid % 3), (ulong)kid)))
            .Where(a => a is not null)
            .Select(a => Convert.ToHexString(a!.Leaf.Span))
            .ToList();
        leaves.Distinct().Count().ShouldBe(leaves.Count);
        receipts.Sum(r => (long)r.LeafCount).ShouldBe(leaves.Count);
    }

    public void Dispose() => world.Dispose();

    private RelayReceipt[] Verified() =>
        RelayReceipt
            .VerifyAll(
                [.. world.Receipts.Select(r => (ReadOnlyMemory<byte>)r)],
                [world.World.Relay.PublicKey],
                world.World.Meeting
            )
            .Value;
}
