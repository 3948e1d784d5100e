// Cuts the head part of a bundle into its regions (section 4).
using System.Buffers.Binary;

namespace Moderation.Evidence;

/// <summary>The head part: header, manifest, table and receipts; steps A1-A7 of section 16 have passed.</summary>
public sealed class BundleHead
{
    private static ReadOnlySpan<byte> Magic => [0x89, 0x45, 0x56, 0x42, 0x31, 0x0D, 0x0A, 0x1A];

    private BundleHead(ReadOnlyMemory<byte> bytes, Lengths lengths)
    {
        Bytes = bytes[..lengths.Total];
        Manifest = Bytes.Slice(EvidenceLimits.Header, lengths.Manifest);
        Table = Bytes.Slice(EvidenceLimits.Header + lengths.Manifest, lengths.Table);
        Receipts = Bytes[^lengths.Receipts..];
        SegmentCount = lengths.Segments;
    }

    /// <summary>The whole head part.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The manifest COSE_Sign1, D2 included.</summary>
    public ReadOnlyMemory<byte> Manifest { get; }

    /// <summary>The descriptor table.</summary>
    public ReadOnlyMemory<byte> Table { get; }

    /// <summary>The receipts region.</summary>
    public ReadOnlyMemory<byte> Receipts { get; }

    /// <summary>N of the header.</summary>
    public int SegmentCount { get; }

    /// <summary>The descriptors as they stand in the table, unread: E1. Null when the table is not of its form.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? ReadRows() =>
        CborForm.Read(Table, r => r.ByteStrings(SegmentCount, EvidenceLimits.Descriptor)) is { } rows
        && rows.Length == SegmentCount
            ? rows
            : null;

    /// <summary>The relay receipts as they stand in their region, unread: E5. Null when the region is not of its form.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? ReadReceipts() =>
        CborForm.Read(Receipts, r => r.ByteStrings(EvidenceLimits.ReceiptCount, EvidenceLimits.Receipt));

    /// <summary>Length of the whole head part, from its first 32 bytes or more: steps A1-A6.</summary>
    /// <returns>A refusal, or the number of bytes to read in all.</returns>
    public static EvidenceRefusal? ReadLength(ReadOnlySpan<byte> header, out int length)
    {
        var refusal = ReadHeader(header, out var lengths);
        length = lengths.Total;
        return refusal;
    }

    /// <summary>Reads a head part that may be followed by segments: steps A1-A7.</summary>
    public static Verdict<BundleHead> Parse(ReadOnlyMemory<byte> bytes)
    {
        if (ReadHeader(bytes.Span, out var lengths) is { } refusal)
            return refusal;
        if (bytes.Length < lengths.Total)
            return new EvidenceRefusal(EvidenceCodes.Truncated, "The head part is not complete.");
        return new BundleHead(bytes, lengths);
    }

    /// <summary>Reads a head part that stands alone, as in POST /v1/reports: a longer body is evb1.trailing-bytes.</summary>
    public static Verdict<BundleHead> ParseExact(ReadOnlyMemory<byte> bytes)
    {
        var head = Parse(bytes);
        return head.ValueOrNull is { } parsed && parsed.Bytes.Length < bytes.Length
            ? new EvidenceRefusal(EvidenceCodes.TrailingBytes, "Bytes follow the head part.")
            : head;
    }

    internal static byte[] Assemble(byte[] manifest, byte[] table, byte[] receipts, int segments)
    {
        var header = new byte[EvidenceLimits.Header];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(8), 1);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(12), manifest.Length);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(16), table.Length);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), receipts.Length);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(24), segments);
        return [.. header, .. manifest, .. table, .. receipts];
    }

    private static EvidenceRefusal? ReadHeader(ReadOnlySpan<byte> header, out Lengths lengths)
    {
        lengths = default;
        if (header.Length < EvidenceLimits.Header)
            return new EvidenceRefusal(EvidenceCodes.Truncated, "The header is not complete.");
        if (!header.StartsWith(Magic))
            return new EvidenceRefusal(EvidenceCodes.BadMagic);
        if (BinaryPrimitives.ReadUInt16BigEndian(header[8..]) != 1)
            return new EvidenceRefusal(EvidenceCodes.UnsupportedVersion, "Header version.");
        if (BinaryPrimitives.ReadUInt16BigEndian(header[10..]) != 0)
            return new EvidenceRefusal(EvidenceCodes.BadFlags);
        if (BinaryPrimitives.ReadUInt32BigEndian(header[28..]) != 0)
            return new EvidenceRefusal(EvidenceCodes.BadReserved);
        var manifest = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        var table = BinaryPrimitives.ReadUInt32BigEndian(header[16..]);
        var receipts = BinaryPrimitives.ReadUInt32BigEndian(header[20..]);
        var segments = BinaryPrimitives.ReadUInt32BigEndian(header[24..]);
        if (
            manifest is < 1 or > EvidenceLimits.Manifest
            || table is < 1 or > EvidenceLimits.Table
            || receipts is < 1 or > EvidenceLimits.Receipts
            || segments is < 1 or > EvidenceLimits.Segments
        )
            return new EvidenceRefusal(EvidenceCodes.LimitExceeded, "A length in the header.");
        lengths = new Lengths((int)manifest, (int)table, (int)receipts, (int)segments);
        return null;
    }

    private readonly record struct Lengths(int Manifest, int Table, int Receipts, int Segments)
    {
        public int Total => EvidenceLimits.Header + Manifest + Table + Receipts;
    }
}
