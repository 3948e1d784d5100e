// Makes disclosure packages, opens them as a court would, and damages them.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public sealed class DisclosureTests : IDisposable
{
    private readonly World world = new();
    private readonly CoseSigner vault = CoseSigner.Generate();
    private readonly KemKeyPair court = KemKeyPair.Generate(Kem.X25519);

    [Fact]
    public void A_court_opens_the_disclosed_segments_and_no_other()
    {
        var bundle = Bundle();
        var package = Package(bundle, [1, 3]).Sign(vault);

        var contents = Open(package, bundle).Value;

        contents.Select(content => content.Descriptor.Index).ShouldBe([1U, 3U]);
        contents.Select(content => content.Segment.Media[0]).ShouldBe([1, 3]);
    }

    [Fact]
    public void A_court_opens_attested_media_with_its_receipt()
    {
        var (bundle, media) = BundleSealerTests.AttestedBundle(world);
        var package = Package(bundle, [0]).Sign(vault);

        var content = Open(package, bundle).Value.Single();

        content.Segment.Grade.ShouldBe(AttributionGrade.G1);
        content.Segment.Media.ShouldBe(media);
    }

    [Fact]
    public void A_damaged_package_is_refused_with_the_code_of_its_step()
    {
        var bundle = Bundle();
        var good = Package(bundle, [1, 3]);
        var signed = good.Sign(vault);
        using var stranger = CoseSigner.Generate();
        using var other = KemKeyPair.Generate(Kem.X25519);

        Code(signed[1..]).ShouldBe("evd1.envelope");
        Code(good.Sign(stranger)).ShouldBe("evd1.signature");
        Code((good with { Segments = [] }).Sign(vault)).ShouldBe("evd1.malformed");
        Code((good with { Segments = [good.Segments[1], good.Segments[0]] }).Sign(vault)).ShouldBe("evd1.malformed");
        Code((good with { Device = stranger.PublicKey }).Sign(vault)).ShouldBe("evb1.unknown-device");
        Code((good with { Manifest = new byte[] { 0xD2 } }).Sign(vault)).ShouldBe("evb1.manifest-envelope");
        Code(With(good.Segments[0] with { Descriptor = new byte[] { 0xA0 } })).ShouldBe("evb1.descriptor-malformed");
        Code(With(good.Segments[0] with { Proof = good.Segments[1].Proof })).ShouldBe("evd1.inclusion");
        Code(With(good.Segments[0] with { Enc = good.Segments[1].Enc })).ShouldBe("evd1.key-open");
        DisclosureOpening
            .Open(signed, vault.PublicKey, other, Ciphertext(bundle))
            .Refusal!.Code.ShouldBe("evd1.key-open");
        DisclosureOpening
            .Open(signed, vault.PublicKey, court, _ => null)
            .Refusal!.Code.ShouldBe("evd1.segment-missing");
        DisclosureOpening
            .Open(signed, vault.PublicKey, court, _ => bundle.Segments[0])
            .Refusal!.Code.ShouldBe("evb1.segment-hash");

        byte[] With(DisclosedSegment first) => (good with { Segments = [first, good.Segments[1]] }).Sign(vault);
        string? Code(byte[] package) => Open(package, bundle).Refusal?.Code;
    }

    [Fact]
    public void A_package_without_the_receipt_its_segment_needs_is_malformed()
    {
        var (bundle, _) = BundleSealerTests.AttestedBundle(world);

        var package = (Package(bundle, [0]) with { Receipts = [] }).Sign(vault);

        Open(package, bundle).Refusal!.Code.ShouldBe("evd1.malformed");
    }

    public void Dispose()
    {
        world.Dispose();
        vault.Dispose();
        court.Dispose();
    }

    private SealedBundle Bundle() =>
        world.Seal([.. Enumerable.Range(0, 5).Select(i => world.Media([(byte)i], (ulong)(2_000 * i)))]);

    private Verdict<DisclosedContent[]> Open(byte[] package, SealedBundle bundle) =>
        DisclosureOpening.Open(package, vault.PublicKey, court, Ciphertext(bundle));

    private static Func<uint, byte[]?> Ciphertext(SealedBundle bundle) => index => bundle.Segments[(int)index];

    private Disclosure Package(SealedBundle bundle, uint[] indices)
    {
        var head = BundleHead.Parse(bundle.Head).Value;
        var authentic = world.Authenticate(bundle.Head).Value;
        var cek = world.OpenContentKey(authentic).Value;
        var id = RandomNumberGenerator.GetBytes(16);
        ReadOnlyMemory<byte>[] rows = [.. bundle.Descriptors.Select(d => (ReadOnlyMemory<byte>)d.Encode())];
        var receipts = CborForm.Read(head.Receipts, r => r.ByteStrings(2_048, 1_024))!;
        return new Disclosure
        {
            DisclosureId = id,
            Manifest = head.Manifest,
            Device = world.Device.PublicKey,
            Receipts = [.. receipts.Select((bytes, index) => new DisclosedReceipt((uint)index, bytes))],
            Relays = [world.Relay.PublicKey],
            Segments =
            [
                .. indices.Select(index =>
                    Disclosure.SealSegment(
                        id,
                        bundle.ContentId,
                        rows,
                        index,
                        SegmentKeys.SegmentKey(cek, bundle.Manifest.BundleId, index),
                        court.PublicKey.ToArray()
                    )!
                ),
            ],
            Recipient = court.PublicKey.ToArray(),
            GrantHash = new byte[32],
            CreatedMs = World.NowMs,
        };
    }
}
