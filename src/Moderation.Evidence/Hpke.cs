// Seals to a recipient key with HPKE (RFC 9180 base mode, section 8).
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>The KEMs of section 5.1; the number is RFC 9180's kem id.</summary>
public enum Kem
{
    P256 = 0x0010,
    X25519 = 0x0020,
    XWing = 0x647A,
}

/// <summary>Lengths of section 5.1 and the sealing half of section 8. Opening is in <c>Moderation.Evidence.Opening</c>.</summary>
public static class Hpke
{
    private const int TagLength = 16;

    /// <summary>Bytes of a serialized public key; 0 for an unknown kem.</summary>
    public static int PublicKeyLength(Kem kem) =>
        kem switch
        {
            Kem.X25519 => 32,
            Kem.P256 => 65,
            Kem.XWing => Geralt.XWing.PublicKeySize,
            _ => 0,
        };

    /// <summary>Bytes of enc; 0 for an unknown kem.</summary>
    public static int EncLength(Kem kem) => kem == Kem.XWing ? Geralt.XWing.CiphertextSize : PublicKeyLength(kem);

    /// <summary>kid of a recipient key: SHA-256 of the serialized public key.</summary>
    public static byte[] KidOf(ReadOnlySpan<byte> publicKey) => SHA256.HashData(publicKey);

    /// <summary>Seals a plaintext; null when the public key is none (wrong length, off the curve, all-zero secret).</summary>
    public static HpkeSealed? Seal(
        Kem kem,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> plaintext
    )
    {
        if (PublicKeyLength(kem) == 0 || publicKey.Length != PublicKeyLength(kem))
            return null;
        Span<byte> secret = stackalloc byte[32];
        if (Encapsulate(kem, publicKey, secret) is not { } enc)
            return null;
        Span<byte> key = stackalloc byte[32];
        Span<byte> nonce = stackalloc byte[12];
        KeySchedule(kem, AesGcm256, secret, info, key, nonce);
        var ciphertext = new byte[plaintext.Length + TagLength];
        using (var aes = new AesGcm(key, TagLength))
            aes.Encrypt(
                nonce,
                plaintext,
                ciphertext.AsSpan(0, plaintext.Length),
                ciphertext.AsSpan(plaintext.Length),
                aad
            );
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(key);
        return new HpkeSealed(enc, ciphertext);
    }

    internal const int AesGcm256 = 0x0002;

    // ExtractAndExpand of DHKEM: from the Diffie-Hellman value to the KEM's shared secret.
    internal static void DhkemSecret(
        Kem kem,
        ReadOnlySpan<byte> dh,
        ReadOnlySpan<byte> enc,
        ReadOnlySpan<byte> publicKey,
        Span<byte> secret
    )
    {
        byte[] suite = [.. "KEM"u8, .. U16((int)kem)];
        var prk = LabeledExtract(suite, [], "eae_prk"u8, dh);
        LabeledExpand(suite, prk, "shared_secret"u8, [.. enc, .. publicKey], secret);
        CryptographicOperations.ZeroMemory(prk);
    }

    internal static void KeySchedule(
        Kem kem,
        int aead,
        ReadOnlySpan<byte> sharedSecret,
        ReadOnlySpan<byte> info,
        Span<byte> key,
        Span<byte> baseNonce
    )
    {
        byte[] suite = [.. "HPKE"u8, .. U16((int)kem), 0, 1, .. U16(aead)];
        byte[] context =
        [
            0,
            .. LabeledExtract(suite, [], "psk_id_hash"u8, []),
            .. LabeledExtract(suite, [], "info_hash"u8, info),
        ];
        var secret = LabeledExtract(suite, sharedSecret, "secret"u8, []);
        LabeledExpand(suite, secret, "key"u8, context, key);
        LabeledExpand(suite, secret, "base_nonce"u8, context, baseNonce);
        CryptographicOperations.ZeroMemory(secret);
    }

    internal static byte[] LabeledExtract(
        ReadOnlySpan<byte> suite,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> ikm
    )
    {
        byte[] input = [.. "HPKE-v1"u8, .. suite, .. label, .. ikm];
        var prk = HMACSHA256.HashData(salt, input);
        CryptographicOperations.ZeroMemory(input);
        return prk;
    }

    internal static void LabeledExpand(
        ReadOnlySpan<byte> suite,
        byte[] prk,
        ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> info,
        Span<byte> output
    ) =>
        HKDF.Expand(
            HashAlgorithmName.SHA256,
            prk,
            output,
            [.. U16(output.Length), .. "HPKE-v1"u8, .. suite, .. label, .. info]
        );

    private static byte[]? Encapsulate(Kem kem, ReadOnlySpan<byte> publicKey, Span<byte> secret)
    {
        var enc = new byte[EncLength(kem)];
        try
        {
            if (kem == Kem.XWing)
            {
                Geralt.XWing.Encapsulate(secret, enc, publicKey);
                return enc;
            }
            Span<byte> dh = stackalloc byte[32];
            if (kem == Kem.X25519)
            {
                Span<byte> ephemeral = stackalloc byte[32];
                Geralt.X25519.GenerateKeyPair(enc, ephemeral);
                Geralt.X25519.ComputeSharedSecret(dh, ephemeral, publicKey);
                CryptographicOperations.ZeroMemory(ephemeral);
            }
            else
            {
                using var recipient = ECDiffieHellman.Create(P256.PublicParameters(publicKey));
                using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
                P256.PointOf(ephemeral.ExportParameters(false)).CopyTo(enc, 0);
                // The X coordinate HPKE needs; DeriveKeyMaterial would hash it (section 24).
                ephemeral.DeriveRawSecretAgreement(recipient.PublicKey).CopyTo(dh);
            }
            DhkemSecret(kem, dh, enc, publicKey, secret);
            CryptographicOperations.ZeroMemory(dh);
            return enc;
        }
        catch (CryptographicException)
        {
            // No point on the curve, or an all-zero agreement.
            return null;
        }
    }

    private static byte[] U16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}

/// <summary>What HPKE sealed.</summary>
/// <param name="Enc">The encapsulated key.</param>
/// <param name="Ciphertext">Ciphertext || 16-byte tag.</param>
public sealed record HpkeSealed(byte[] Enc, byte[] Ciphertext);
