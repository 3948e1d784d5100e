// Opens HPKE ciphertexts, also where a token made the Diffie-Hellman value.
using System.Security.Cryptography;

namespace Moderation.Evidence.Opening;

/// <summary>The opening half of section 8 for a key that never leaves its token (section 18).</summary>
public static class HpkeOpening
{
    private const int TagLength = 16;

    /// <summary>Opens with the raw 32-byte agreement that the token computed from enc; null for any failure.</summary>
    /// <param name="kem">X25519 or P-256.</param>
    /// <param name="agreement">The X coordinate for P-256; the caller zeroes it.</param>
    /// <param name="enc">The encapsulated key.</param>
    /// <param name="publicKey">The recipient's own serialized public key.</param>
    /// <param name="info">The HPKE info.</param>
    /// <param name="aad">The additional data.</param>
    /// <param name="ciphertext">Ciphertext || tag.</param>
    public static byte[]? OpenWithAgreement(
        Kem kem,
        ReadOnlySpan<byte> agreement,
        ReadOnlySpan<byte> enc,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> ciphertext
    )
    {
        if (kem == Kem.XWing || agreement.Length != 32 || agreement.IndexOfAnyExcept((byte)0) < 0)
            return null;
        Span<byte> secret = stackalloc byte[32];
        Hpke.DhkemSecret(kem, agreement, enc, publicKey, secret);
        var plaintext = Open(kem, secret, info, aad, ciphertext);
        CryptographicOperations.ZeroMemory(secret);
        return plaintext;
    }

    internal static byte[]? Open(
        Kem kem,
        ReadOnlySpan<byte> sharedSecret,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> ciphertext
    )
    {
        if (ciphertext.Length < TagLength)
            return null;
        Span<byte> key = stackalloc byte[32];
        Span<byte> nonce = stackalloc byte[12];
        Hpke.KeySchedule(kem, Hpke.AesGcm256, sharedSecret, info, key, nonce);
        // Pinned: a share or a key that the collector had moved would leave a copy that nobody erases.
        var plaintext = GC.AllocateArray<byte>(ciphertext.Length - TagLength, pinned: true);
        try
        {
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(nonce, ciphertext[..^TagLength], ciphertext[^TagLength..], plaintext, aad);
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
