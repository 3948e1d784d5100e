// Throws damaged bytes at every reader: bad input is refused and is never a fault.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public sealed class DamagedBytesTests : IDisposable
{
    private const int Rounds = 3_000;
    private readonly World world = new();

    [Fact]
    public void A_manifest_damaged_before_it_was_signed_is_never_a_fault()
    {
        var payload = world.Seal(world.Media([1])).Manifest.Encode();

        Damage(payload, bytes => Manifest.Parse(bytes));
    }

    [Fact]
    public void A_table_and_receipts_damaged_before_they_were_signed_are_never_a_fault()
    {
        var head = BundleHead.Parse(BundleSealerTests.AttestedBundle(world).Bundle.Head).Value;
        var manifest = world.Authenticate(head.Bytes.ToArray()).Value.Manifest;
        var rows = CborForm.Read(head.Table, r => r.ByteStrings(1, 512))!;

        Damage(rows[0].ToArray(), bytes => Descriptor.Parse(bytes));
        Damage(head.Receipts.ToArray(), Judge);

        void Judge(byte[] receipts)
        {
            var file = BundleHead.Assemble(head.Manifest.ToArray(), head.Table.ToArray(), receipts, 1);
            if (BundleHead.Parse(file).ValueOrNull is not { } parsed)
                return;
            var fitting = manifest with { ReceiptsHash = SHA256.HashData(receipts) };
            BundleVerifier.CheckStructure(parsed, fitting, [world.Relay.PublicKey]);
        }
    }

    [Fact]
    public void Damaged_files_are_never_a_fault()
    {
        var file = BundleSealerTests.AttestedBundle(world).Bundle.ToFile();

        Damage(file, bytes => world.Verify(bytes).ShouldNotBeNull());
    }

    [Fact]
    public void Damaged_plaintext_of_attested_media_is_never_a_fault()
    {
        var (bundle, _) = BundleSealerTests.AttestedBundle(world);
        var plaintext = BundleSealerTests.Open(world, bundle, 0).Plaintext;
        var descriptor = bundle.Descriptors[0];
        var head = BundleHead.Parse(bundle.Head).Value;
        var receipt = BundleVerifier.CheckStructure(head, bundle.Manifest, [world.Relay.PublicKey]).Value.Receipts[0];

        Damage(plaintext, bytes => AttestedMedia.Check(bytes, descriptor, receipt).Refusal.ShouldNotBeNull());
    }

    [Fact]
    public void Damaged_small_objects_are_never_a_fault()
    {
        using var analyst = CoseSigner.Generate();
        var terms = new GrantTerms
        {
            GrantId = new byte[16],
            ContentId = new byte[32],
            Indices = [1, 2],
            CaseId = new byte[16],
            Purpose = GrantPurpose.Appeal,
            NotBeforeMs = 1,
            NotAfterMs = 2,
            Releases = 1,
            Openers = [new byte[32]],
        };
        var request = new CustodianRequest(new byte[9], new byte[9], new byte[9], new byte[9]);

        Damage(terms.Encode(), bytes => GrantTerms.Parse(bytes));
        Damage(Grant.Assemble(Grant.Approve(analyst, terms.Encode())), bytes => Grant.Parse(bytes));
        Damage(analyst.PublicKey.Encode(), bytes => CoseKey.Parse(bytes));
        Damage(world.Relay.PublicKey.Encode(), bytes => CoseKey.Parse(bytes));
        Damage(request.Encode(), bytes => CustodianRequest.Parse(bytes));
        Damage(new CustodianAnswer(null, "evb1.x").Encode(), bytes => CustodianAnswer.Parse(bytes));
    }

    public void Dispose() => world.Dispose();

    private static void Damage(byte[] good, Action<byte[]> read)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var bytes = DamageOnce(good);
            if (bytes.AsSpan().SequenceEqual(good))
                continue;
            var fault = Record.Exception(() => read(bytes));
            fault.ShouldBeNull(Convert.ToHexString(bytes));
        }
    }

    private static byte[] DamageOnce(byte[] good)
    {
        var at = RandomNumberGenerator.GetInt32(good.Length);
        var value = (byte)RandomNumberGenerator.GetInt32(256);
        var bytes = (byte[])good.Clone();
        switch (RandomNumberGenerator.GetInt32(5))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], value, .. bytes[at..]];
            case 2:
                return [.. bytes[..at], .. bytes[(at + 1)..]];
            case 3:
                bytes[at] ^= (byte)(1 << (value & 7));
                return bytes;
            default:
                bytes[at] = value;
                return bytes;
        }
    }
}
