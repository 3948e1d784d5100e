// Hashes the segments of a bundle as a stream against their descriptors (step F).
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>Step F of section 16 in constant memory.</summary>
public static class SegmentVerifier
{
    private const int BlockLength = 65_536;

    /// <summary>F1-F3 over a stream that stands at the first segment. Null when all hold.</summary>
    public static async Task<EvidenceRefusal?> VerifyAllAsync(
        Stream segments,
        IReadOnlyList<Descriptor> descriptors,
        CancellationToken ct = default
    )
    {
        // Small bundles would pay more for a full block than for their check.
        var total = descriptors.Sum(descriptor => (long)descriptor.CiphertextLength);
        var block = new byte[Math.Clamp(total, 1, BlockLength)];
        foreach (var descriptor in descriptors)
        {
            var hasher = new SegmentHasher(descriptor);
            using (hasher)
            {
                while (hasher.Remaining > 0)
                {
                    var read = await segments.ReadAsync(
                        block.AsMemory(0, (int)Math.Min(block.Length, hasher.Remaining)),
                        ct
                    );
                    if (read == 0)
                        return new EvidenceRefusal(EvidenceCodes.Truncated, $"Segment {descriptor.Index}.");
                    hasher.Append(block.AsSpan(0, read));
                }
                if (hasher.Finish() is { } refusal)
                    return refusal;
            }
        }
        return await segments.ReadAsync(block.AsMemory(0, 1), ct) == 0
            ? null
            : new EvidenceRefusal(EvidenceCodes.TrailingBytes, "Bytes follow the last segment.");
    }

    /// <summary>F1 and F2 for one segment held in memory. Null when it is the one the descriptor fixes.</summary>
    public static EvidenceRefusal? Verify(ReadOnlySpan<byte> ciphertext, Descriptor descriptor) =>
        ciphertext.Length == descriptor.CiphertextLength
        && SHA256.HashData(ciphertext).AsSpan().SequenceEqual(descriptor.CiphertextHash)
            ? null
            : new EvidenceRefusal(EvidenceCodes.SegmentHash, $"Segment {descriptor.Index}.");
}

/// <summary>Hashes one segment as its bytes arrive, for an upload that is stored while it is checked (section 17).</summary>
public sealed class SegmentHasher(Descriptor descriptor) : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes still expected.</summary>
    public long Remaining { get; private set; } = descriptor.CiphertextLength;

    /// <summary>Takes the next bytes; more than <see cref="Remaining"/> makes <see cref="Finish"/> refuse.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Remaining -= bytes.Length;
        hash.AppendData(bytes);
    }

    /// <summary>evb1.truncated when bytes are missing, evb1.segment-hash when they are others; null when right.</summary>
    public EvidenceRefusal? Finish()
    {
        if (Remaining > 0)
            return new EvidenceRefusal(EvidenceCodes.Truncated, $"Segment {descriptor.Index}.");
        return hash.GetHashAndReset().AsSpan().SequenceEqual(descriptor.CiphertextHash)
            ? null
            : new EvidenceRefusal(EvidenceCodes.SegmentHash, $"Segment {descriptor.Index}.");
    }

    public void Dispose() => hash.Dispose();
}
