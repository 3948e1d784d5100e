// Judges bundles against facts the shared vectors do not vary.
using System.Formats.Cbor;
using Moderation.Evidence;

namespace Moderation.UnitTests.Evidence;

public class BundleVerifierTests
{
    [Fact]
    public void Freshness_is_judged_in_the_order_of_section_16()
    {
        using var world = new World();
        var authentic = world.Authenticate(world.Seal(world.Media([1])).Head).Value;
        var good = world.Facts;
        // Each step breaks one rule more, from the last to the first; the first broken one is always reported.
        (string Code, Func<FreshnessFacts, FreshnessFacts> Break)[] rules =
        [
            ("evb1.chain-fork", f => f with { Device = f.Device with { LastContentId = authentic.ContentId } }),
            ("evb1.counter-replayed", f => f with { Device = f.Device with { LastCounter = 1 } }),
            ("evb1.recipient-policy", f => f with { Recipients = [f.Recipients[0]] }),
            ("evb1.key-checkpoint", f => f with { KeyCheckpoints = [new byte[32]] }),
            (
                "evb1.device-certificate",
                f => f with { Device = f.Device with { CertificateHash = authentic.ContentId } }
            ),
            ("evb1.challenge-expired", f => f with { NowMs = f.NowMs + 1 }),
            ("evb1.challenge-used", f => f with { Challenge = f.Challenge! with { Used = true } }),
            ("evb1.challenge-mismatch", f => f with { Challenge = f.Challenge! with { Meeting = new byte[16] } }),
            ("evb1.challenge-unknown", f => f with { Challenge = null }),
            ("evb1.reporter-not-host", f => f with { Meeting = f.Meeting! with { Hosts = [] } }),
            ("evb1.meeting-unknown", f => f with { Meeting = null }),
        ];

        BundleVerifier.CheckFreshness(authentic, good).ShouldBeNull();
        foreach (var (code, breakRule) in rules)
        {
            good = breakRule(good);
            BundleVerifier.CheckFreshness(authentic, good)!.Code.ShouldBe(code);
        }
    }

    [Fact]
    public void The_vault_takes_the_intake_receipt_in_place_of_challenge_counter_and_chain()
    {
        using var world = new World();
        using var intake = CoseSigner.Generate();
        var authentic = world.Authenticate(world.Seal(world.Media([1])).Head).Value;
        var receipt = new IntakeReceipt(new byte[16], authentic.ContentId, 1, new byte[32]).Sign(intake);
        var facts = world.Facts with { Challenge = null, Device = world.Registered with { LastCounter = 9 } };

        BundleVerifier.CheckAccepted(authentic, facts, receipt, intake.PublicKey).ShouldBeNull();

        BundleVerifier
            .CheckAccepted(authentic, facts, receipt, world.Device.PublicKey)!
            .Code.ShouldBe(EvidenceCodes.NotAccepted);
        BundleVerifier
            .CheckAccepted(authentic, facts with { Recipients = [] }, receipt, intake.PublicKey)!
            .Code.ShouldBe(EvidenceCodes.RecipientPolicy);
    }

    [Fact]
    public void A_device_of_another_algorithm_is_named_before_its_signature_is_looked_at()
    {
        using var world = new World();
        using var stranger = CoseSigner.Generate(CoseAlgorithm.Esp256);
        var head = BundleHead.Parse(world.Seal(world.Media([1])).Head).Value;
        var envelope = BundleVerifier.ReadEnvelope(head.Manifest).Value;
        var registered = world.Registered with { Key = stranger.PublicKey, Status = DeviceStatus.Revoked };

        BundleVerifier.Authenticate(head, envelope, null).Refusal!.Code.ShouldBe(EvidenceCodes.UnknownDevice);
        BundleVerifier.Authenticate(head, envelope, registered).Refusal!.Code.ShouldBe(EvidenceCodes.ManifestAlgorithm);
    }

    [Fact]
    public void The_descriptor_example_of_section_6_1_has_its_39_bytes_of_meta()
    {
        var descriptor = new Descriptor
        {
            Index = 0,
            Kind = 2,
            Participant = [.. Enumerable.Repeat((byte)0xaa, 16)],
            Stream = 1,
            T0 = 1_000,
            Duration = 2_000,
            PlaintextLength = 0,
            CiphertextLength = 72,
            CiphertextHash = new byte[32],
            Content = 3,
            Receipt = -1,
        };

        Convert
            .ToHexStringLower(descriptor.EncodeMeta())
            .ShouldBe("a90100020203" + "50aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + "0401051903e8061907d007000a030b20");
    }

    [Theory]
    [InlineData(1, 3, 0, true)]
    [InlineData(2, 261, -1, true)]
    [InlineData(2, 6, -1, false)]
    [InlineData(2, 262, -1, false)]
    [InlineData(2, 256, -1, false)]
    [InlineData(2, 1, 0, false)]
    [InlineData(1, 1, -1, false)]
    [InlineData(1, 1, 1, false)]
    [InlineData(1, 1, -2, false)]
    [InlineData(3, 16, -1, true)]
    [InlineData(4, 33, -1, true)]
    [InlineData(4, 34, -1, false)]
    [InlineData(5, 48, -1, false)] // a note has stream 0
    [InlineData(6, 17, -1, false)] // a roster has no participant
    [InlineData(7, 69, -1, false)] // a gap is empty
    [InlineData(8, 16, -1, false)]
    [InlineData(0, 16, -1, false)]
    public void A_row_of_the_table_of_kinds_is_kept_or_refused(uint kind, uint content, int receipt, bool holds)
    {
        using var world = new World();
        var bundle = world.Seal(world.Media([1]));
        var descriptor = bundle.Descriptors[0] with { Kind = kind, Content = content, Receipt = receipt };

        DescriptorRules.Hold(descriptor, 0, bundle.Manifest, receipts: 1).ShouldBe(holds);
    }

    [Theory]
    [InlineData(58_000, 2_000, true)]
    [InlineData(58_001, 2_000, false)]
    [InlineData(ulong.MaxValue, 2_000, false)] // the end wraps round to within the window
    [InlineData(0, 10_001, false)]
    public void A_segment_lies_within_the_window(ulong t0, uint duration, bool holds)
    {
        using var world = new World();
        var bundle = world.Seal(world.Media([1]));
        var descriptor = bundle.Descriptors[0] with { T0 = t0, Duration = duration };

        DescriptorRules.Hold(descriptor, 0, bundle.Manifest, receipts: 0).ShouldBe(holds);
    }

    [Theory]
    [InlineData("01", true)]
    [InlineData("a10102", true)]
    [InlineData("1801", false)] // longer head
    [InlineData("5f4101ff", false)] // indefinite length
    [InlineData("9fff", false)]
    [InlineData("c001", false)] // tag
    [InlineData("f4", false)] // false
    [InlineData("f6", false)] // null
    [InlineData("f93c00", false)] // float
    [InlineData("62ffff", false)] // not UTF-8
    [InlineData("a202010101", false)] // keys out of order
    [InlineData("a201010101", false)] // duplicate key
    [InlineData("a1616101", false)] // key that is no integer
    [InlineData("0101", false)] // a byte after the item
    [InlineData("", false)]
    [InlineData("8181818181818100", true)] // seven arrays and the item within
    [InlineData("818181818181818100", false)] // nine levels
    [InlineData("9affffffff", false)] // declared far beyond the data
    public void Only_the_deterministic_encoding_is_read(string hex, bool isDeterministic)
    {
        CborForm.IsDeterministic(Convert.FromHexString(hex)).ShouldBe(isDeterministic);
    }

    [Fact]
    public void Members_beyond_their_integer_range_are_malformed_and_not_a_fault()
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(11);
        for (var key = 1; key <= 11; key++)
        {
            writer.WriteInt32(key);
            if (key is 3 or 9)
                writer.WriteByteString(new byte[key == 3 ? 16 : 32]);
            else
                writer.WriteUInt64(ulong.MaxValue);
        }
        writer.WriteEndMap();

        Descriptor.Parse(writer.Encode()).ShouldBeNull();
    }
}
