// Encrypts a segment in committing chunks: C2SP chunked-encryption, Cobblestone-256 (section 9).
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>salt (24) || commitment (32) || chunks; the last chunk is always shorter than 16,384 bytes.</summary>
public static class Cobblestone256
{
    public const int SaltLength = 24;

    /// <summary>Bytes that stand before the first chunk: salt and commitment.</summary>
    public const int PrefixLength = SaltLength + CommitmentLength;
    private const int CommitmentLength = 32;
    private const int ChunkLength = 16_384;
    private const int TagLength = 16;
    private const int NonceLength = 12;

    /// <summary>56 + p + 16 * (floor(p / 16384) + 1).</summary>
    public static long CiphertextLength(long plaintextLength) =>
        PrefixLength + plaintextLength + TagLength * (plaintextLength / ChunkLength + 1);

    /// <summary>Encrypts under a 32-byte key with a fresh random salt.</summary>
    public static byte[] Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> plaintext)
    {
        Span<byte> salt = stackalloc byte[SaltLength];
        RandomNumberGenerator.Fill(salt);
        return EncryptWithSalt(key, salt, context, plaintext);
    }

    // Two plaintexts under one salt and key destroy the protection; only tests give a salt.
    internal static byte[] EncryptWithSalt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> plaintext
    )
    {
        Span<byte> okm = stackalloc byte[76];
        Span<byte> nonce = stackalloc byte[NonceLength];
        Derive(key, salt, context, okm);
        // Every byte is written below; clearing 4 MiB first would cost a third of the time.
        var ciphertext = GC.AllocateUninitializedArray<byte>((int)CiphertextLength(plaintext.Length));
        salt.CopyTo(ciphertext);
        okm[44..].CopyTo(ciphertext.AsSpan(SaltLength));
        using var aes = new AesGcm(okm[..32], TagLength);
        var output = ciphertext.AsSpan(PrefixLength);
        for (uint n = 0; ; n++)
        {
            var chunk = plaintext[..Math.Min(ChunkLength, plaintext.Length)];
            NonceOf(okm[32..44], n, nonce);
            aes.Encrypt(nonce, chunk, output[..chunk.Length], output.Slice(chunk.Length, TagLength));
            output = output[(chunk.Length + TagLength)..];
            plaintext = plaintext[chunk.Length..];
            if (chunk.Length < ChunkLength)
                break;
        }
        CryptographicOperations.ZeroMemory(okm);
        return ciphertext;
    }

    /// <summary>True when the first 56 bytes commit to this key and context (V8 of section 19.2); constant time.</summary>
    public static bool KeyCommitmentHolds(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> first56Bytes
    )
    {
        if (first56Bytes.Length < PrefixLength || key.Length != 32)
            return false;
        Span<byte> okm = stackalloc byte[76];
        Derive(key, first56Bytes[..SaltLength], context, okm);
        var holds = CryptographicOperations.FixedTimeEquals(okm[44..], first56Bytes[SaltLength..PrefixLength]);
        CryptographicOperations.ZeroMemory(okm);
        return holds;
    }

    /// <summary>Decrypts; refuses with evb1.key-commitment before any chunk, or evb1.chunk-auth.</summary>
    public static Verdict<byte[]> Decrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> context,
        ReadOnlySpan<byte> ciphertext
    )
    {
        if (!KeyCommitmentHolds(key, context, ciphertext))
            return new EvidenceRefusal(EvidenceCodes.KeyCommitment);

        var chunks = ciphertext[PrefixLength..];
        // Every chunk but the last is full; the rest must be one short chunk with a whole tag.
        var full = chunks.Length / (ChunkLength + TagLength);
        var rest = chunks.Length % (ChunkLength + TagLength);
        if (rest < TagLength)
            return new EvidenceRefusal(EvidenceCodes.ChunkAuth);

        Span<byte> okm = stackalloc byte[76];
        Span<byte> nonce = stackalloc byte[NonceLength];
        Derive(key, ciphertext[..SaltLength], context, okm);
        var plaintext = new byte[full * ChunkLength + rest - TagLength];
        try
        {
            using var aes = new AesGcm(okm[..32], TagLength);
            var output = plaintext.AsSpan();
            for (uint n = 0; n <= full; n++)
            {
                var length = n < full ? ChunkLength : rest - TagLength;
                NonceOf(okm[32..44], n, nonce);
                aes.Decrypt(nonce, chunks[..length], chunks.Slice(length, TagLength), output[..length]);
                chunks = chunks[(length + TagLength)..];
                output = output[length..];
            }
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return new EvidenceRefusal(EvidenceCodes.ChunkAuth);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(okm);
        }
    }

    // Two HMACs by hand: HKDF.Expand refuses a PRK shorter than the hash, here 32 < 64 (section 24).
    internal static void Derive(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> context,
        Span<byte> okm76
    )
    {
        byte[] info = [.. "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM"u8, 0, .. salt, .. context];
        Span<byte> first = stackalloc byte[64];
        Span<byte> second = stackalloc byte[64];
        HMACSHA512.HashData(key, [.. info, 1], first);
        byte[] again = [.. first, .. info, 2];
        HMACSHA512.HashData(key, again, second);
        first.CopyTo(okm76);
        second[..12].CopyTo(okm76[64..]);
        CryptographicOperations.ZeroMemory(first);
        CryptographicOperations.ZeroMemory(second);
        CryptographicOperations.ZeroMemory(again);
    }

    // base_nonce xor n as a 96-bit big-endian integer; a segment has at most 257 chunks.
    private static void NonceOf(ReadOnlySpan<byte> baseNonce, uint n, Span<byte> nonce)
    {
        baseNonce.CopyTo(nonce);
        var low = nonce[8..];
        BinaryPrimitives.WriteUInt32BigEndian(low, BinaryPrimitives.ReadUInt32BigEndian(low) ^ n);
    }
}
