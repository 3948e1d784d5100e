// One unit of the ring: one group of pictures of one track (or up to 2 s of sound, or a chat line), encrypted under its own key.
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Sdk.Ring;

/// <summary>What a unit is about: whose track, and what its bytes are (evidence-bundle.md 6.2, 6.3).</summary>
/// <param name="Participant">16 bytes, meeting-scoped pseudonym.</param>
/// <param name="Stream">Number of the participant's track; 0 for chat.</param>
public sealed record StreamKey(string Participant, uint Stream, SegmentKind Kind)
{
    internal byte[] ParticipantBytes => Convert.FromHexString(Participant);
}

internal sealed class BufferedUnit : IDisposable
{
    // The key is used for exactly this one encryption, so a fixed nonce is never repeated under it.
    private static readonly byte[] Nonce = new byte[12];
    private readonly SegmentKey _key = new();
    private readonly byte[] _ciphertext;
    private readonly byte[] _tag = new byte[16];
    private int _holders = 1;

    public BufferedUnit(StreamKey stream, ulong startMs, uint durationMs, uint content, ReadOnlySpan<byte> plaintext)
    {
        Stream = stream;
        StartMs = startMs;
        DurationMs = durationMs;
        Content = content;
        _ciphertext = new byte[plaintext.Length];
        using var aes = new AesGcm(_key.Bytes, 16);
        aes.Encrypt(Nonce, plaintext, _ciphertext, _tag);
    }

    public StreamKey Stream { get; }
    public ulong StartMs { get; }
    public uint DurationMs { get; }
    public ulong EndMs => StartMs + DurationMs;
    public uint Content { get; }
    public int Bytes => _ciphertext.Length;
    public bool IsForgotten => _key.IsErased;

    public byte[] Open()
    {
        var plaintext = new byte[_ciphertext.Length];
        using var aes = new AesGcm(_key.Bytes, 16);
        aes.Decrypt(Nonce, _ciphertext, _tag, plaintext);
        return plaintext;
    }

    /// <summary>A frozen set and the ring can both hold a unit; the key is erased when the last one lets go.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
            return;
        _key.Dispose();
        Array.Clear(_ciphertext);
    }
}
