// What the reference relay signs is accepted by the verifier and by the check of attested media, and what it did not see is not.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public sealed class AttestedByRelayTests : IDisposable
{
    private readonly RelayWorld relay = new();
    private readonly byte[][] frames;
    private readonly Attestation attested;
    private World World => relay.World;

    public AttestedByRelayTests()
    {
        using var alice = relay.Relay.Connect(World.Participant);
        // Other streams beside it, so that the proof is not empty.
        for (uint stream = 2; stream <= 4; stream++)
        {
            relay.Send(alice, stream, 50 + stream);
            relay.Send(alice, stream, 60 + stream);
        }
        frames = relay.Send(alice, 1, 7, frames: 6);
        relay.Send(alice, 1, 8);
        relay.Pass(2_000);
        attested = relay.Ask(World.Participant, 1, 7)!;
    }

    [Fact]
    public void All_frames_open_at_grade_G1()
    {
        var opened = Open(relay.Segment(attested, frames, 7)).Value;

        opened.Grade.ShouldBe(AttributionGrade.G1);
        opened.MissingFrames.ShouldBe(0);
        opened.Media.Length.ShouldBe(6 * 7);
    }

    [Fact]
    public void Frames_that_never_arrived_are_counted_and_the_rest_opens()
    {
        byte[]?[] lossy = [frames[0], null, frames[2], frames[3], null, frames[5]];

        var opened = Open(relay.Segment(attested, lossy, 7)).Value;

        opened.Grade.ShouldBe(AttributionGrade.G1);
        opened.MissingFrames.ShouldBe(2);
    }

    [Fact]
    public void A_frame_that_the_host_made_with_the_real_key_is_refused()
    {
        using var forger = new SFrameSender(relay.EpochSecret, 7);
        byte[][] forged = [.. frames];
        forged[3] = forger.Seal("never said"u8);

        Refusal(relay.Segment(attested, forged, 7)).ShouldBe(EvidenceCodes.FramesRoot);
    }

    [Fact]
    public void A_frame_more_than_the_relay_saw_is_refused()
    {
        using var forger = new SFrameSender(relay.EpochSecret, 7);

        Refusal(relay.Segment(attested, [.. frames, forger.Seal("more"u8)], 7)).ShouldBe(EvidenceCodes.FrameCount);
    }

    [Fact]
    public void Frames_in_another_order_are_refused()
    {
        Refusal(relay.Segment(attested, [frames[0], frames[2], frames[1], .. frames[3..]], 7))
            .ShouldBe(EvidenceCodes.FramesRoot);
    }

    [Fact]
    public void A_leaf_of_another_participant_is_refused()
    {
        var other = RandomNumberGenerator.GetBytes(16);

        Refusal(relay.Segment(attested, frames, 7, as_: other)).ShouldBe(EvidenceCodes.LeafMismatch);
    }

    [Fact]
    public void Another_leaf_of_the_same_window_is_refused()
    {
        var another = relay.Ask(World.Participant, 2, 52)!;

        Refusal(relay.Segment(another with { LeafIndex = attested.LeafIndex }, frames, 7))
            .ShouldBe(EvidenceCodes.LeafInclusion);
    }

    [Fact]
    public void A_leaf_that_the_relay_did_not_sign_is_refused()
    {
        var leaf = StreamLeaf.Parse(attested.Leaf)! with { FrameCount = 5 };

        Refusal(relay.Segment(attested with { Leaf = leaf.Encode() }, frames[..5], 7))
            .ShouldBe(EvidenceCodes.LeafInclusion);
    }

    [Fact]
    public void A_question_and_its_answer_survive_the_wire()
    {
        var kids = new[]
        {
            new StreamKid(World.Participant, 1, 7),
            new StreamKid(World.Participant, 9, ulong.MaxValue),
        };
        var question = AttestationQuery.Parse(new AttestationQuery(World.Challenge, kids).Encode()).ShouldNotBeNull();
        question.Challenge.ShouldBe(World.Challenge);
        question.Kids.ShouldBe(kids);

        var answers = Attestation
            .ParseAll(Attestation.EncodeAll(relay.Relay.Attest(question.Kids)), 2)
            .ShouldNotBeNull();

        answers[1].ShouldBeNull();
        var told = answers[0].ShouldNotBeNull();
        told.Leaf.ToArray().ShouldBe(attested.Leaf.ToArray());
        told.FrameHashes.ShouldBe(attested.FrameHashes);
        Open(relay.Segment(told, frames, 7)).Value.Grade.ShouldBe(AttributionGrade.G1);
    }

    [Fact]
    public void Every_changed_byte_and_every_truncation_of_a_question_is_refused_or_another_question()
    {
        var body = new AttestationQuery(World.Challenge, [new StreamKid(World.Participant, 1, 7)]).Encode();
        for (var length = 0; length < body.Length; length++)
            AttestationQuery.Parse(body.AsMemory(0, length)).ShouldBeNull();
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            var changed = (byte[])body.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            AttestationQuery.Parse(changed)?.Encode().ShouldBe(changed);
        }
        AttestationQuery
            .Parse(
                new byte[] { 0x82, 0x58, 0x20 }
                    .Concat(World.Challenge)
                    .Append((byte)0x80)
                    .ToArray()
            )
            .ShouldBeNull();
    }

    [Fact]
    public void Every_changed_byte_of_an_answer_is_refused_or_another_answer()
    {
        var body = Attestation.EncodeAll([attested, null]);
        Attestation.ParseAll(body, 1).ShouldBeNull();
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            var changed = (byte[])body.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Attestation.ParseAll(changed, 2) is { } read)
                Attestation.EncodeAll(read).ShouldBe(changed);
        }
    }

    [Theory]
    [InlineData("leaf")]
    [InlineData("proof")]
    [InlineData("receipt")]
    [InlineData("no hash")]
    [InlineData("hashes")]
    public void An_answer_with_more_than_its_bounds_is_none(string what)
    {
        var hash = new byte[32];
        Attestation Of(int leaf, int proof, int receipt, int hashes) =>
            new(
                new byte[leaf],
                0,
                [.. Enumerable.Repeat(hash, proof)],
                new byte[receipt],
                [.. Enumerable.Repeat(hash, hashes)]
            );
        var most = Of(116, EvidenceLimits.LeafProof, EvidenceLimits.Receipt, EvidenceLimits.Frames);
        Attestation.ParseAll(Attestation.EncodeAll([most]), 1).ShouldNotBeNull();

        var more = what switch
        {
            "leaf" => most with { Leaf = new byte[117] },
            "proof" => most with { Proof = [.. most.Proof, hash] },
            "receipt" => most with { Receipt = new byte[EvidenceLimits.Receipt + 1] },
            "no hash" => most with { FrameHashes = [] },
            _ => most with { FrameHashes = [.. most.FrameHashes, hash] },
        };

        Attestation.ParseAll(Attestation.EncodeAll([more]), 1).ShouldBeNull();
    }

    [Fact]
    public void A_question_names_at_most_as_many_kids_as_a_bundle_has_segments()
    {
        StreamKid[] Kids(int count) =>
            [.. Enumerable.Range(0, count).Select(i => new StreamKid(World.Participant, 1, (ulong)i))];

        AttestationQuery
            .Parse(new AttestationQuery(World.Challenge, Kids(EvidenceLimits.Segments)).Encode())
            .ShouldNotBeNull();
        AttestationQuery
            .Parse(new AttestationQuery(World.Challenge, Kids(EvidenceLimits.Segments + 1)).Encode())
            .ShouldBeNull();
    }

    [Fact]
    public void A_relay_answers_the_intake_alone_and_only_within_a_minute()
    {
        using var intake = CoseSigner.Generate();
        var question = new RelayQuery(World.Meeting, World.NowMs, [new StreamKid(World.Participant, 1, 7)]);
        var signed = question.Sign(intake);

        RelayQuery.Verify(signed, intake.PublicKey, World.NowMs + 60_000)!.Meeting.ShouldBe(World.Meeting);
        RelayQuery.Verify(signed, intake.PublicKey, World.NowMs + 60_001).ShouldBeNull();
        RelayQuery.Verify(signed, World.Device.PublicKey, World.NowMs).ShouldBeNull();
        signed[^1] ^= 1;
        RelayQuery.Verify(signed, intake.PublicKey, World.NowMs).ShouldBeNull();
    }

    public void Dispose() => relay.Dispose();

    private string? Refusal(SegmentDraft segment) => Open(segment).Refusal?.Code;

    // The bundle passes everything that intake checks (E8 included), then is opened.
    private Verdict<OpenedSegment> Open(SegmentDraft segment)
    {
        var draft = World.Draft(segment) with { Receipts = [attested.Receipt.ToArray()] };
        var bundle = BundleSealer.Seal(draft, World.Device);
        var file = bundle.ToFile();
        World.Verify(file).ShouldBeNull();
        var authentic = World.Authenticate(file).Value;
        var head = BundleHead.Parse(file).Value;
        var structure = BundleVerifier.CheckStructure(head, authentic.Manifest, World.Facts.Meeting!.Relays).Value;
        var cek = World.OpenContentKey(authentic).Value;
        return BundleOpener.OpenSegment(cek, authentic, structure, 0, bundle.Segments[0]);
    }
}
