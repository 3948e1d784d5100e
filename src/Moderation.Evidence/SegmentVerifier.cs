// Hashes the segments of a bundle as a stream against their descriptors (step F).
using System.Buffers;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>Step F of section 16 in constant memory.</summary>
public static class SegmentVerifier
{
    private const int BlockLength = 2 * 1024 * 1024;

    /// <summary>F1-F3 over a stream that stands at the first segment. Null when all hold. While one block is hashed the next
    /// is read, so that a file is verified as fast as it can be hashed; two blocks are all it keeps.</summary>
    public static async Task<EvidenceRefusal?> VerifyAllAsync(
        Stream segments,
        IReadOnlyList<Descriptor> descriptors,
        CancellationToken ct = default
    )
    {
        var left = descriptors.Sum(descriptor => (long)descriptor.CiphertextLength);
        // Small bundles would pay more for a full block than for their check.
        var length = (int)Math.Clamp(left, 1, BlockLength);
        var (next, hashed) = (ArrayPool<byte>.Shared.Rent(length), ArrayPool<byte>.Shared.Rent(length));
        var have = ReadOnlyMemory<byte>.Empty;
        // Never beyond the bundle, but for the one byte that must not follow it.
        Task<int> ReadNextAsync() =>
            segments.ReadAsync(next.AsMemory(0, (int)Math.Clamp(left, 1, length)), ct).AsTask();
        var coming = Task.FromResult(0);
        try
        {
            coming = ReadNextAsync();
            foreach (var descriptor in descriptors)
            {
                using var hasher = new SegmentHasher(descriptor);
                while (hasher.Remaining > 0)
                {
                    if (have.IsEmpty)
                    {
                        var read = await coming;
                        if (read == 0)
                            return new EvidenceRefusal(EvidenceCodes.Truncated, $"Segment {descriptor.Index}.");
                        left -= read;
                        (next, hashed) = (hashed, next);
                        have = hashed.AsMemory(0, read);
                        coming = ReadNextAsync();
                    }
                    var part = have[..(int)Math.Min(have.Length, hasher.Remaining)];
                    hasher.Append(part.Span);
                    have = have[part.Length..];
                }
                if (hasher.Finish() is { } refusal)
                    return refusal;
            }
            return await coming == 0
                ? null
                : new EvidenceRefusal(EvidenceCodes.TrailingBytes, "Bytes follow the last segment.");
        }
        finally
        {
            // A refusal may come while a read still writes into its block.
            await ((Task)coming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(next);
            ArrayPool<byte>.Shared.Return(hashed);
        }
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
