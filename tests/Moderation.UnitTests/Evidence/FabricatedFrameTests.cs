// A host holds the real key of every sender it hears; what it makes with that key is never passed off as the sender's.
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public sealed class FabricatedFrameTests : IDisposable
{
    private readonly World world = new();
    private readonly BundleStructure structure;
    private readonly AttestedUnit unit;
    private readonly StreamLeaf leaf;
    private readonly IReadOnlyList<byte[]> receipts;

    public FabricatedFrameTests()
    {
        var (bundle, _) = BundleSealerTests.AttestedBundle(world);
        var head = BundleHead.Parse(bundle.Head).Value;
        structure = BundleVerifier.CheckStructure(head, bundle.Manifest, [world.Relay.PublicKey]).Value;
        unit = AttestedUnit.Parse(BundleSealerTests.Open(world, bundle, 0).Plaintext)!;
        leaf = StreamLeaf.Parse(unit.Leaf)!;
        receipts = [.. head.ReadReceipts()!.Select(receipt => receipt.ToArray())];
    }

    [Fact]
    public void The_hosts_frame_is_a_good_frame_for_sframe_alone()
    {
        var frame = Fabricate(ctr: 1);

        using var sframe = new SFrame(unit.BaseKey, leaf.Kid);
        sframe.Open(frame, SFrame.ParseHeader(frame)!.Value).ShouldBe("never said"u8.ToArray());
    }

    [Theory]
    [InlineData("in the place of a frame", EvidenceCodes.FramesRoot)]
    [InlineData("in the place of a frame of the same length", EvidenceCodes.FramesRoot)]
    [InlineData("after the last frame", EvidenceCodes.FrameCount)]
    [InlineData("in the place of a frame that never arrived", EvidenceCodes.FramesRoot)]
    [InlineData("under a leaf of the host's own", EvidenceCodes.LeafInclusion)]
    public void A_frame_made_by_the_host_with_the_real_key_is_refused_at_grade_G1(string where, string code)
    {
        var fake = new AttestedFrame(Fabricate(ctr: 1), IsPresent: true);
        var frames = unit.Frames.ToList();
        var forged = where switch
        {
            "in the place of a frame" => unit with { Frames = [frames[0], fake, frames[2]] },
            "in the place of a frame of the same length" => unit with
            {
                Frames = [frames[0], new AttestedFrame(Fabricate(1, "ab"u8), IsPresent: true), frames[2]],
            },
            "after the last frame" => unit with { Frames = [.. frames, fake] },
            "in the place of a frame that never arrived" => unit with
            {
                Frames = [new AttestedFrame(MerkleTree.LeafHash(frames[0].Bytes.Span), false), fake, frames[2]],
            },
            _ => unit with { Leaf = Claiming([frames[0], fake, frames[2]]), Frames = [frames[0], fake, frames[2]] },
        };

        var opened = SealAndOpen(forged);

        // Refused with the code of the attestation, and not shown as the host's mere assertion either (section 13).
        opened.Refusal!.Code.ShouldBe(code);
        opened.ValueOrNull.ShouldBeNull();
    }

    [Fact]
    public void The_same_unit_without_the_hosts_frame_is_G1()
    {
        SealAndOpen(unit).Value.Grade.ShouldBe(AttributionGrade.G1);
    }

    public void Dispose() => world.Dispose();

    private byte[] Fabricate(ulong ctr) => Fabricate(ctr, "never said"u8);

    private byte[] Fabricate(ulong ctr, ReadOnlySpan<byte> text)
    {
        using var sframe = new SFrame(unit.BaseKey, leaf.Kid);
        return sframe.Seal(leaf.Kid, ctr, text);
    }

    private byte[] Claiming(AttestedFrame[] frames) =>
        (
            leaf with
            {
                ByteCount = (ulong)frames.Sum(frame => frame.Bytes.Length),
                FramesRoot = MerkleTree.Root([.. frames.Select(frame => frame.Bytes)]),
            }
        ).Encode();

    // The host's own device signs it: the bundle verifies, and only opening shows what it is.
    private Verdict<OpenedSegment> SealAndOpen(AttestedUnit forged)
    {
        var segment = world.Media(forged.Encode()) with { Kind = SegmentKind.AttestedMedia, Receipt = 0 };
        var bundle = BundleSealer.Seal(world.Draft(segment) with { Receipts = receipts }, world.Device);
        world.Verify(bundle.ToFile()).ShouldBeNull();
        var authentic = world.Authenticate(bundle.Head).Value;
        var cek = world.OpenContentKey(authentic).Value;
        var table = structure with { Descriptors = bundle.Descriptors };
        return BundleOpener.OpenSegment(cek, authentic, table, 0, bundle.Segments[0]);
    }
}
