// Makes one AES-GCM ciphertext and tag that open under two keys to two texts, and shows that no segment can be one.
using System.Buffers.Binary;
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public sealed class InvisibleSalamanderTests : IDisposable
{
    private readonly World world = new();
    private readonly SealedBundle bundle;
    private readonly byte[] ownKey;
    private readonly byte[] otherKey = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] salt = RandomNumberGenerator.GetBytes(Cobblestone256.SaltLength);
    private readonly byte[] context;

    public InvisibleSalamanderTests()
    {
        bundle = world.Seal(world.Media(new byte[32]));
        var cek = world.OpenContentKey(world.Authenticate(bundle.Head).Value).Value;
        ownKey = SegmentKeys.SegmentKey(cek, bundle.Manifest.BundleId, 0);
        context = SegmentKeys.SegmentContext(bundle.Manifest.BundleId, bundle.Descriptors[0]);
    }

    [Fact]
    public void Plain_aes_gcm_opens_one_ciphertext_under_two_keys_to_two_texts()
    {
        var chunk = Salamander();

        var (one, two) = (OpenPlainly(ownKey, chunk), OpenPlainly(otherKey, chunk));

        one.Length.ShouldBe(32);
        one.ShouldNotBe(two);
    }

    [Fact]
    public void A_segment_opens_under_the_key_it_commits_to_and_under_no_other()
    {
        byte[] segment = [.. salt, .. CommitmentOf(ownKey), .. Salamander()];

        Cobblestone256.Decrypt(ownKey, context, segment).Refusal.ShouldBeNull();
        Cobblestone256.Decrypt(otherKey, context, segment).Refusal!.Code.ShouldBe(EvidenceCodes.KeyCommitment);
    }

    [Fact]
    public void A_host_that_seals_and_signs_one_is_refused_before_any_chunk_is_opened()
    {
        byte[] segment = [.. salt, .. CommitmentOf(otherKey), .. Salamander()];
        var file = WithSegment(segment);

        world.Verify(file).ShouldBeNull();
        var head = BundleHead.Parse(file).Value;
        var authentic = world.Authenticate(file).Value;
        var structure = BundleVerifier.CheckStructure(head, authentic.Manifest, []).Value;
        var cek = world.OpenContentKey(authentic).Value;

        var opened = BundleOpener.OpenSegment(cek, authentic, structure, 0, segment);

        opened.Refusal!.Code.ShouldBe(EvidenceCodes.KeyCommitment);
    }

    public void Dispose() => world.Dispose();

    // The host's own bundle with another ciphertext in it, signed again by the host's own device.
    private byte[] WithSegment(byte[] segment)
    {
        var row = (bundle.Descriptors[0] with { CiphertextHash = SHA256.HashData(segment) }).Encode();
        var payload = (bundle.Manifest with { Root = MerkleTree.Root([row]) }).Encode();
        var manifest = CoseSign1.Sign(world.Device, CoseContentTypes.Manifest, CoseLabels.Manifest, payload);
        var table = CborForm.Write(writer =>
        {
            writer.WriteStartArray(1);
            writer.WriteByteString(row);
            writer.WriteEndArray();
        });
        return [.. BundleHead.Assemble(manifest, table, [0x80], 1), .. segment];
    }

    private byte[] CommitmentOf(byte[] key) => Okm(key)[44..];

    private byte[] Okm(byte[] key)
    {
        var okm = new byte[76];
        Cobblestone256.Derive(key, salt, context, okm);
        return okm;
    }

    private byte[] OpenPlainly(byte[] key, byte[] chunk)
    {
        var okm = Okm(key);
        using var aes = new AesGcm(okm.AsSpan(0, 32), 16);
        var text = new byte[chunk.Length - 16];
        aes.Decrypt(okm.AsSpan(32, 12), chunk.AsSpan(0, text.Length), chunk.AsSpan(text.Length), text);
        return text;
    }

    // tag = C1*H^3 + C2*H^2 + L*H + E(J0) in GF(2^128). Two keys, one tag: solve for the second ciphertext block.
    private byte[] Salamander()
    {
        var (h1, e1) = HashKeyAndMask(ownKey);
        var (h2, e2) = HashKeyAndMask(otherKey);
        var first = Read(RandomNumberGenerator.GetBytes(16));
        // No additional data, 256 bits of ciphertext.
        UInt128 lengths = 256;
        var known = Times(first, Cube(h1) ^ Cube(h2)) ^ Times(lengths, h1 ^ h2) ^ e1 ^ e2;
        var second = Times(known, Inverse(Times(h1, h1) ^ Times(h2, h2)));
        var tag = Times(first, Cube(h1)) ^ Times(second, Times(h1, h1)) ^ Times(lengths, h1) ^ e1;
        return [.. Write(first), .. Write(second), .. Write(tag)];
    }

    private (UInt128 HashKey, UInt128 Mask) HashKeyAndMask(byte[] key)
    {
        var okm = Okm(key);
        using var aes = Aes.Create();
        aes.Key = okm[..32];
        byte[] counter = [.. okm[32..44], 0, 0, 0, 1];
        return (Read(aes.EncryptEcb(new byte[16], PaddingMode.None)), Read(aes.EncryptEcb(counter, PaddingMode.None)));
    }

    private static UInt128 Cube(UInt128 a) => Times(a, Times(a, a));

    // a^(2^128 - 2): every bit of the exponent but the last is one.
    private static UInt128 Inverse(UInt128 a)
    {
        var result = a;
        for (var i = 0; i < 126; i++)
            result = Times(Times(result, result), a);
        return Times(result, result);
    }

    // The multiplication of GCM: the first bit of a block is the coefficient of x^0.
    private static UInt128 Times(UInt128 a, UInt128 b)
    {
        UInt128 product = 0;
        for (var i = 127; i >= 0; i--)
        {
            if (((a >> i) & 1) == 1)
                product ^= b;
            var carry = (b & 1) == 1;
            b >>= 1;
            if (carry)
                b ^= (UInt128)0xE1 << 120;
        }
        return product;
    }

    private static UInt128 Read(byte[] block) => BinaryPrimitives.ReadUInt128BigEndian(block);

    private static byte[] Write(UInt128 value)
    {
        var block = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(block, value);
        return block;
    }
}
