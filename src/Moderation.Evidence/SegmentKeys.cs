// Derives the keys, commitments and contexts of one bundle (section 7).
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>The derivations of section 7. Whoever holds the results holds secrets: zero them after use.</summary>
public static class SegmentKeys
{
    /// <summary>cek_commit, manifest key 15.</summary>
    public static byte[] CekCommitment(ReadOnlySpan<byte> cek, ReadOnlySpan<byte> bundleId) =>
        Expand(cek, [.. "evb1/cek-commit/v1"u8, .. bundleId]);

    /// <summary>The 32-byte key of one segment.</summary>
    public static byte[] SegmentKey(ReadOnlySpan<byte> cek, ReadOnlySpan<byte> bundleId, uint index) =>
        Expand(cek, [.. "evb1/segment-key/v1"u8, .. bundleId, .. U32(index)]);

    /// <summary>The context of section 6.4, over the descriptor without its keys 8 and 9.</summary>
    public static byte[] SegmentContext(ReadOnlySpan<byte> bundleId, Descriptor descriptor) =>
        [.. "evb1/segment/v1"u8, 0, .. bundleId, .. U32(descriptor.Index), .. SHA256.HashData(descriptor.EncodeMeta())];

    /// <summary>K_seg, the SFrame base key of one KID.</summary>
    public static byte[] SFrameBaseKey(ReadOnlySpan<byte> epochSecret, ulong kid) =>
        Expand(epochSecret, [.. "evb1/sframe-segment/v1"u8, .. U64(kid)]);

    /// <summary>kc, the commitment to K_seg that the relay signs.</summary>
    public static byte[] SFrameKeyCommitment(ReadOnlySpan<byte> baseKey, ulong kid) =>
        Expand(baseKey, [.. "evb1/sframe-key-commit/v1"u8, .. U64(kid)]);

    /// <summary>Splits the CEK: all shares but the last are random, the xor of all is the CEK.</summary>
    internal static byte[][] Split(ReadOnlySpan<byte> cek, int recipients)
    {
        var shares = new byte[recipients][];
        var last = cek.ToArray();
        for (var i = 0; i < recipients - 1; i++)
        {
            shares[i] = RandomNumberGenerator.GetBytes(32);
            for (var b = 0; b < 32; b++)
                last[b] ^= shares[i][b];
        }
        shares[^1] = last;
        return shares;
    }

    /// <summary>CEK = xor of the shares (V7); refuses with evb1.cek-commit when it is not the committed one.</summary>
    public static Verdict<byte[]> Combine(IReadOnlyList<byte[]> shares, Manifest manifest)
    {
        var cek = GC.AllocateArray<byte>(32, pinned: true); // never moved, so that erasing it leaves no copy
        foreach (var share in shares)
            for (var b = 0; b < 32; b++)
                cek[b] ^= share[b];
        if (CryptographicOperations.FixedTimeEquals(CekCommitment(cek, manifest.BundleId), manifest.CekCommit))
            return cek;
        CryptographicOperations.ZeroMemory(cek);
        return new EvidenceRefusal(EvidenceCodes.CekCommit);
    }

    /// <summary>As the other, for two shares, into memory of the caller's; null when the commitment holds.</summary>
    /// <param name="first">32 bytes.</param>
    /// <param name="second">32 bytes.</param>
    /// <param name="manifest">What commits to the key.</param>
    /// <param name="cek">32 bytes; zeros after a refusal.</param>
    public static EvidenceRefusal? Combine(
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second,
        Manifest manifest,
        Span<byte> cek
    )
    {
        for (var b = 0; b < 32; b++)
            cek[b] = (byte)(first[b] ^ second[b]);
        if (CryptographicOperations.FixedTimeEquals(CekCommitment(cek, manifest.BundleId), manifest.CekCommit))
            return null;
        CryptographicOperations.ZeroMemory(cek);
        return new EvidenceRefusal(EvidenceCodes.CekCommit);
    }

    internal static byte[] WrapInfo(uint role) => [.. "evb1/hpke-wrap/v1"u8, 0, (byte)role];

    internal static byte[] WrapAad(Manifest manifest, ReadOnlySpan<byte> deviceKid, uint role, byte[] recipientKid)
    {
        var kid = deviceKid.ToArray();
        return CborForm.Write(writer =>
        {
            writer.WriteStartArray(9);
            writer.WriteTextString("evb1/wrap-aad/v1");
            writer.WriteByteString(manifest.BundleId);
            writer.WriteUInt64(Manifest.Suite);
            writer.WriteUInt32(role);
            writer.WriteByteString(recipientKid);
            writer.WriteByteString(kid);
            writer.WriteByteString(manifest.Meeting);
            writer.WriteByteString(manifest.Challenge);
            writer.WriteByteString(manifest.CekCommit);
            writer.WriteEndArray();
        });
    }

    // HKDF-Expand-SHA256 with L = 32 is one HMAC.
    private static byte[] Expand(ReadOnlySpan<byte> prk, byte[] info) => HMACSHA256.HashData(prk, [.. info, 1]);

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }
}
