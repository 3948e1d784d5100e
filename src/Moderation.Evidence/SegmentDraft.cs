// What a writer gives to be sealed into a bundle.
using System.Buffers;

namespace Moderation.Evidence;

/// <summary>One segment before it is sealed; the fields are those of <see cref="Descriptor"/>.</summary>
public sealed record SegmentDraft
{
    public required SegmentKind Kind { get; init; }

    /// <summary>16 bytes, meeting-scoped pseudonym; zeros for none.</summary>
    public byte[] Participant { get; init; } = new byte[16];
    public uint Stream { get; init; }

    /// <summary>ms on the meeting clock.</summary>
    public required ulong T0 { get; init; }

    /// <summary>ms.</summary>
    public required uint Duration { get; init; }

    /// <summary>The registry of section 6.3.</summary>
    public required uint Content { get; init; }

    /// <summary>Index into <see cref="BundleDraft.Receipts"/>, or -1.</summary>
    public int Receipt { get; init; } = -1;

    /// <summary>At most 4 MiB; must not change while it is being sealed.</summary>
    public ReadOnlyMemory<byte> Plaintext { get; init; }

    /// <summary>
    /// In place of <see cref="Plaintext"/>: makes it when its turn comes, so that a bundle's plaintext is never whole in memory.
    /// Called once, from any thread; what it gives is disposed as soon as the segment is sealed.
    /// </summary>
    public Func<IMemoryOwner<byte>>? Open { get; init; }
}

/// <summary>Everything that goes into one bundle. Times are milliseconds.</summary>
public sealed record BundleDraft
{
    /// <summary>32 bytes, as issued (section 14).</summary>
    public required byte[] Challenge { get; init; }

    /// <summary>16 bytes.</summary>
    public required byte[] Meeting { get; init; }

    /// <summary>16 bytes, the reporting host's pseudonym.</summary>
    public required byte[] Reporter { get; init; }

    /// <summary>Greater than the device's last accepted one; 1 .. 2^53-1.</summary>
    public required ulong Counter { get; init; }

    /// <summary>Device clock, ms since 1970.</summary>
    public required ulong CreatedMs { get; init; }

    /// <summary>Meeting clock.</summary>
    public required ulong WindowStart { get; init; }

    /// <summary>Meeting clock; at most 300,000 after the start.</summary>
    public required ulong WindowEnd { get; init; }

    /// <summary>Coarse reason code for triage.</summary>
    public required uint Reason { get; init; }

    /// <summary>Name and version of the writer, 1 .. 64 bytes of UTF-8.</summary>
    public required string Sdk { get; init; }

    /// <summary>SHA-256 of the device certificate, or 32 zeros (section 5.2).</summary>
    public byte[] DeviceCertificate { get; init; } = new byte[32];

    /// <summary>Hash of the key-log checkpoint body, or 32 zeros (section 5.3).</summary>
    public byte[] KeyCheckpoint { get; init; } = new byte[32];

    /// <summary>Content id of the device's last accepted manifest, or 32 zeros (section 5.4).</summary>
    public byte[] Previous { get; init; } = new byte[32];

    /// <summary>The recipient of role p + 1 at position p; the policy asks for two.</summary>
    public required IReadOnlyList<RecipientKey> Recipients { get; init; }

    /// <summary>1 .. 2,048 segments in index order.</summary>
    public required IReadOnlyList<SegmentDraft> Segments { get; init; }

    /// <summary>Relay receipts in ascending window order; empty when the relay makes none.</summary>
    public IReadOnlyList<byte[]> Receipts { get; init; } = [];
}

/// <summary>A bundle ready to be sent or written.</summary>
/// <param name="Head">The head part exactly as POST /v1/reports takes it.</param>
/// <param name="Manifest">The signed manifest.</param>
/// <param name="ContentId">32 bytes.</param>
/// <param name="Descriptors">In index order.</param>
/// <param name="Segments">The ciphertexts, in index order.</param>
public sealed record SealedBundle(
    byte[] Head,
    Manifest Manifest,
    byte[] ContentId,
    IReadOnlyList<Descriptor> Descriptors,
    IReadOnlyList<byte[]> Segments
)
{
    /// <summary>Writes the .evb file.</summary>
    public async Task WriteToAsync(Stream output, CancellationToken ct = default)
    {
        await output.WriteAsync(Head, ct);
        foreach (var segment in Segments)
            await output.WriteAsync(segment, ct);
    }

    /// <summary>The .evb file as bytes.</summary>
    public byte[] ToFile()
    {
        var file = new byte[Head.Length + Segments.Sum(segment => segment.Length)];
        Head.CopyTo(file, 0);
        var offset = Head.Length;
        foreach (var segment in Segments)
        {
            segment.CopyTo(file, offset);
            offset += segment.Length;
        }
        return file;
    }
}
