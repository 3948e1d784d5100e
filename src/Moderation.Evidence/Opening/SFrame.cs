// Opens SFrame frames of cipher suite 5 (RFC 9605, section 12.1).
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Moderation.Evidence.Opening;

internal sealed class SFrame : IDisposable
{
    private const int TagLength = 16;
    private readonly AesGcm aes;
    private readonly byte[] salt;

    public SFrame(ReadOnlySpan<byte> baseKey, ulong kid)
    {
        var secret = HMACSHA512.HashData([], baseKey);
        var kidBytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(kidBytes, kid);
        var key = new byte[32];
        salt = new byte[12];
        HKDF.Expand(HashAlgorithmName.SHA512, secret, key, [.. "SFrame 1.0 Secret key "u8, .. kidBytes, 0, 5]);
        HKDF.Expand(HashAlgorithmName.SHA512, secret, salt, [.. "SFrame 1.0 Secret salt "u8, .. kidBytes, 0, 5]);
        aes = new AesGcm(key, TagLength);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Reads a header in its shortest form; null for any other.</summary>
    public static SFrameHeader? ParseHeader(ReadOnlySpan<byte> frame)
    {
        if (frame.IsEmpty)
            return null;
        var config = frame[0];
        var offset = 1;
        var kid = ReadField((config >> 4) & 0x0f, frame, ref offset);
        var ctr = ReadField(config & 0x0f, frame, ref offset);
        return kid is { } k && ctr is { } c ? new SFrameHeader(k, c, offset) : null;
    }

    /// <summary>The header's shortest encoding.</summary>
    public static byte[] EncodeHeader(ulong kid, ulong ctr)
    {
        var bytes = new List<byte> { 0 };
        bytes[0] = (byte)((WriteField(kid, bytes) << 4) | WriteField(ctr, bytes));
        return [.. bytes];
    }

    /// <summary>The frame's plaintext, or null when its tag does not verify.</summary>
    public byte[]? Open(ReadOnlySpan<byte> frame, SFrameHeader header, ReadOnlySpan<byte> metadata = default)
    {
        var body = frame[header.Length..];
        if (body.Length < TagLength)
            return null;
        var plaintext = new byte[body.Length - TagLength];
        try
        {
            aes.Decrypt(
                NonceOf(header.Ctr),
                body[..^TagLength],
                body[^TagLength..],
                plaintext,
                [.. frame[..header.Length], .. metadata]
            );
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>Writes the frame's plaintext without metadata; its length, or -1 when its tag does not verify.</summary>
    public int OpenInto(ReadOnlySpan<byte> frame, SFrameHeader header, Span<byte> into)
    {
        var body = frame[header.Length..];
        var length = body.Length - TagLength;
        if (length < 0)
            return -1;
        try
        {
            aes.Decrypt(NonceOf(header.Ctr), body[..length], body[length..], into[..length], frame[..header.Length]);
            return length;
        }
        catch (AuthenticationTagMismatchException)
        {
            return -1;
        }
    }

    /// <summary>A frame, as a sender makes it.</summary>
    public byte[] Seal(ulong kid, ulong ctr, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> metadata = default)
    {
        var header = EncodeHeader(kid, ctr);
        var frame = new byte[header.Length + plaintext.Length + TagLength];
        header.CopyTo(frame, 0);
        var body = frame.AsSpan(header.Length);
        aes.Encrypt(
            NonceOf(ctr),
            plaintext,
            body[..plaintext.Length],
            body[plaintext.Length..],
            [.. header, .. metadata]
        );
        return frame;
    }

    public void Dispose() => aes.Dispose();

    private byte[] NonceOf(ulong ctr)
    {
        var nonce = (byte[])salt.Clone();
        var low = nonce.AsSpan(4);
        BinaryPrimitives.WriteUInt64BigEndian(low, BinaryPrimitives.ReadUInt64BigEndian(low) ^ ctr);
        return nonce;
    }

    // A nibble of the config byte: below 8 it is the value itself, from 8 on the number of bytes less one.
    private static ulong? ReadField(int nibble, ReadOnlySpan<byte> frame, ref int offset)
    {
        if (nibble < 8)
            return (ulong)nibble;
        var length = nibble - 7;
        if (frame.Length < offset + length)
            return null;
        ulong value = 0;
        foreach (var b in frame.Slice(offset, length))
            value = (value << 8) | b;
        var isShortest = frame[offset] != 0 && value >= 8;
        offset += length;
        return isShortest ? value : null;
    }

    private static int WriteField(ulong value, List<byte> bytes)
    {
        if (value < 8)
            return (int)value;
        var length = (64 - (int)ulong.LeadingZeroCount(value) + 7) / 8;
        for (var i = length - 1; i >= 0; i--)
            bytes.Add((byte)(value >> (8 * i)));
        return 7 + length;
    }
}

internal readonly record struct SFrameHeader(ulong Kid, ulong Ctr, int Length);
