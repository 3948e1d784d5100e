// Seals bundles, opens them again, and damages them in every region.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public class BundleSealerTests
{
    public static TheoryData<int> EdgeSizes => [0, 1, 16_383, 16_384, 16_385, 32_768, 40_000, 4_194_304];

    [Theory]
    [MemberData(nameof(EdgeSizes))]
    public void A_sealed_segment_of_any_size_verifies_and_opens_to_the_same_bytes(int size)
    {
        using var world = new World();
        var plaintext = RandomNumberGenerator.GetBytes(size);

        var bundle = world.Seal(world.Media(plaintext));

        world.Verify(bundle.ToFile()).ShouldBeNull();
        var opened = Open(world, bundle, 0);
        opened.Plaintext.AsSpan().SequenceEqual(plaintext).ShouldBeTrue();
        opened.Grade.ShouldBe(AttributionGrade.G0);
    }

    [Theory]
    [InlineData(CoseAlgorithm.Ed25519, Kem.X25519, Kem.P256)]
    [InlineData(CoseAlgorithm.Esp256, Kem.XWing, Kem.P256)]
    [InlineData(CoseAlgorithm.Esp256, Kem.P256, Kem.XWing)]
    public void Every_algorithm_and_kem_seals_and_opens(CoseAlgorithm algorithm, Kem first, Kem second)
    {
        using var world = new World
        {
            Device = CoseSigner.Generate(algorithm),
            Vault = KemKeyPair.Generate(first),
            Custodian = KemKeyPair.Generate(second),
        };

        var bundle = world.Seal(world.Media([1, 2, 3]), world.Media([4], 20_000));

        world.Verify(bundle.ToFile()).ShouldBeNull();
        Open(world, bundle, 1).Plaintext.ShouldBe([4]);
    }

    [Fact]
    public async Task A_bundle_written_to_a_stream_is_the_file()
    {
        using var world = new World();
        var bundle = world.Seal(world.Media([1]), world.Media([2], 20_000));
        using var file = new MemoryStream();

        await bundle.WriteToAsync(file, TestContext.Current.CancellationToken);

        file.ToArray().ShouldBe(bundle.ToFile());
        bundle.Manifest.Encode().ShouldBe(world.Authenticate(bundle.Head).Value.Envelope.Payload.ToArray());
    }

    [Fact]
    public void Every_flipped_bit_of_the_header_is_refused()
    {
        using var world = new World();
        var file = AttestedBundle(world).Bundle.ToFile();

        for (var at = 0; at < EvidenceLimits.Header; at++)
            FlipEachBit(world, file, at);
    }

    [Fact]
    public void A_flipped_bit_in_any_region_is_refused()
    {
        using var world = new World();
        var bundle = AttestedBundle(world).Bundle;
        var file = bundle.ToFile();
        var head = BundleHead.Parse(file).Value;
        var (manifest, table) = (EvidenceLimits.Header, EvidenceLimits.Header + head.Manifest.Length);
        var receipts = table + head.Table.Length;
        var segments = receipts + head.Receipts.Length;

        int[] places =
        [
            manifest,
            manifest + 1,
            manifest + 10,
            manifest + 80,
            manifest + head.Manifest.Length / 2,
            table - 1,
            table,
            table + head.Table.Length / 2,
            receipts - 1,
            receipts,
            receipts + head.Receipts.Length / 2,
            segments - 1,
            segments,
            segments + Cobblestone256.PrefixLength,
            file.Length - 1,
        ];
        foreach (var at in places)
            FlipEachBit(world, file, at);
    }

    [Fact]
    public void A_bundle_cut_short_anywhere_is_refused_as_truncated()
    {
        using var world = new World();
        var bundle = world.Seal(world.Media([1, 2, 3]), world.Media([4], 20_000));
        var file = bundle.ToFile();

        for (var length = 0; length < file.Length; length++)
            world.Verify(file[..length])!.Code.ShouldBe(EvidenceCodes.Truncated);
        world.Verify([.. file, 0])!.Code.ShouldBe(EvidenceCodes.TrailingBytes);
    }

    [Fact]
    public void A_head_part_that_stands_alone_must_end_where_it_says()
    {
        using var world = new World();
        var bundle = world.Seal(world.Media([1]));

        BundleHead.ParseExact(bundle.Head).Refusal.ShouldBeNull();
        BundleHead
            .ParseExact(bundle.Head.AsMemory(0, bundle.Head.Length - 1))
            .Refusal!.Code.ShouldBe(EvidenceCodes.Truncated);
        BundleHead.ParseExact((byte[])[.. bundle.Head, 0]).Refusal!.Code.ShouldBe(EvidenceCodes.TrailingBytes);
        BundleHead.ReadLength(bundle.Head.AsSpan(0, 32), out var length).ShouldBeNull();
        length.ShouldBe(bundle.Head.Length);
    }

    [Fact]
    public void Two_bundles_of_the_same_plaintext_share_no_bytes_of_it()
    {
        using var world = new World();
        var plaintext = new byte[1_000];

        var (first, second) = (world.Seal(world.Media(plaintext)), world.Seal(world.Media(plaintext)));

        first.ContentId.ShouldNotBe(second.ContentId);
        first.Segments[0].ShouldNotBe(second.Segments[0]);
        first.Manifest.CekCommit.ShouldNotBe(second.Manifest.CekCommit);
    }

    [Fact]
    public void A_draft_that_intake_would_refuse_is_not_sealed()
    {
        using var world = new World();
        var good = world.Draft(world.Media([1]));

        BundleDraft[] broken =
        [
            good with
            {
                Counter = 0,
            },
            good with
            {
                WindowEnd = 300_001,
            },
            good with
            {
                Sdk = new string('x', 65),
            },
            good with
            {
                Segments = [],
            },
            good with
            {
                Segments = [world.Media([1], t0: 59_000)],
            },
            good with
            {
                Segments = [world.Media(new byte[4_194_305])],
            },
            good with
            {
                Segments = [world.Media([1]) with { Participant = new byte[16] }],
            },
            good with
            {
                Recipients = [good.Recipients[1], good.Recipients[0]],
            },
        ];
        foreach (var draft in broken)
            Should.Throw<ArgumentException>(() => BundleSealer.Seal(draft, world.Device));
    }

    [Fact]
    public void Attested_media_opens_to_what_the_sender_sent_with_grade_G1()
    {
        using var world = new World();
        var (bundle, media) = AttestedBundle(world);

        var opened = Open(world, bundle, 0);

        world.Verify(bundle.ToFile()).ShouldBeNull();
        (opened.Grade, opened.MissingFrames).ShouldBe((AttributionGrade.G1, 0));
        opened.Media.ShouldBe(media);
    }

    [Fact]
    public void A_share_does_not_open_under_the_key_of_another_role()
    {
        using var world = new World();
        var authentic = world.Authenticate(world.Seal(world.Media([1])).Head).Value;

        BundleOpener.OpenShare(authentic, 1, world.Custodian).Refusal!.Code.ShouldBe(EvidenceCodes.UnknownRecipientKey);
        BundleOpener.OpenShare(authentic, 1, world.Vault).Value.Length.ShouldBe(32);
        BundleOpener.OpenContentKey(authentic, [world.Vault]).Refusal!.Code.ShouldBe(EvidenceCodes.UnknownRecipientKey);
    }

    [Fact]
    public void A_token_that_only_computes_the_agreement_opens_its_share_too()
    {
        using var world = new World { Custodian = KemKeyPair.Generate(Kem.P256) };
        var authentic = world.Authenticate(world.Seal(world.Media([1])).Head).Value;
        var wrap = authentic.Manifest.Recipients[1];
        using var token = ECDiffieHellman.Create(P256.PrivateParameters(world.Custodian.ExportPrivateKey()));
        using var theirs = ECDiffieHellman.Create(P256.PublicParameters(wrap.Enc));
        var agreement = token.DeriveRawSecretAgreement(theirs.PublicKey);

        var share = BundleOpener.OpenShareWithAgreement(authentic, wrap, world.Custodian.PublicKey, agreement);

        share.Value.ShouldBe(BundleOpener.OpenShare(authentic, 2, world.Custodian).Value);
        agreement[0] ^= 1;
        BundleOpener
            .OpenShareWithAgreement(authentic, wrap, world.Custodian.PublicKey, agreement)
            .Refusal!.Code.ShouldBe(EvidenceCodes.ShareOpen);
    }

    [Fact]
    public void The_vault_can_check_a_key_against_the_first_56_bytes_alone()
    {
        using var world = new World();
        var bundle = world.Seal(world.Media(new byte[20_000]));
        var authentic = world.Authenticate(bundle.Head).Value;
        var cek = world.OpenContentKey(authentic).Value;
        var key = SegmentKeys.SegmentKey(cek, bundle.Manifest.BundleId, 0);
        var context = SegmentKeys.SegmentContext(bundle.Manifest.BundleId, bundle.Descriptors[0]);
        var prefix = bundle.Segments[0].AsSpan(0, Cobblestone256.PrefixLength);

        Cobblestone256.KeyCommitmentHolds(key, context, prefix).ShouldBeTrue();
        Cobblestone256.KeyCommitmentHolds(key, [.. context, 0], prefix).ShouldBeFalse();
        key[0] ^= 1;
        Cobblestone256.KeyCommitmentHolds(key, context, prefix).ShouldBeFalse();
    }

    internal static OpenedSegment Open(World world, SealedBundle bundle, int index)
    {
        var authentic = world.Authenticate(bundle.Head).Value;
        var cek = world.OpenContentKey(authentic).Value;
        var structure = BundleVerifier
            .CheckStructure(BundleHead.Parse(bundle.Head).Value, authentic.Manifest, world.Facts.Meeting!.Relays)
            .Value;
        return BundleOpener.OpenSegment(cek, authentic, structure, index, bundle.Segments[index]).Value;
    }

    internal static (SealedBundle Bundle, byte[] Media) AttestedBundle(World world)
    {
        const ulong kid = 0x0001_0002_0300_0004;
        var baseKey = SegmentKeys.SFrameBaseKey(RandomNumberGenerator.GetBytes(32), kid);
        using var sframe = new SFrame(baseKey, kid);
        byte[][] chunks =
        [
            [1, 2, 3],
            [4, 5],
            [6],
        ];
        byte[][] frames = [.. chunks.Select((chunk, ctr) => sframe.Seal(kid, (ulong)ctr, chunk))];
        var leaf = new StreamLeaf(
            world.Participant,
            1,
            kid,
            SegmentKeys.SFrameKeyCommitment(baseKey, kid),
            (ulong)frames.Length,
            (ulong)frames.Sum(frame => frame.Length),
            MerkleTree.Root([.. frames.Select(frame => (ReadOnlyMemory<byte>)frame)])
        ).Encode();
        ReadOnlyMemory<byte>[] leaves = [new byte[] { 0x80 }, leaf];
        var receipt = new RelayReceipt
        {
            Meeting = world.Meeting,
            Window = 5,
            WindowStart = 8_000,
            WindowEnd = 10_000,
            LeafCount = 2,
            Root = MerkleTree.Root(leaves),
            Previous = new byte[32],
        }.Sign(world.Relay);
        var unit = new AttestedUnit(
            baseKey,
            leaf,
            1,
            MerkleTree.Proof(leaves, 1),
            [.. frames.Select(frame => new AttestedFrame(frame, IsPresent: true))]
        );
        var segment = world.Media(unit.Encode()) with { Kind = SegmentKind.AttestedMedia, Receipt = 0 };
        var draft = world.Draft(segment) with { Receipts = [receipt] };
        return (BundleSealer.Seal(draft, world.Device), [.. chunks.SelectMany(chunk => chunk)]);
    }

    private static void FlipEachBit(World world, byte[] file, int at)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            file[at] ^= (byte)(1 << bit);
            world.Verify(file).ShouldNotBeNull($"bit {bit} of byte {at}");
            file[at] ^= (byte)(1 << bit);
        }
    }
}
