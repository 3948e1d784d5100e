// What is known of one segment without opening it (section 6.1).
using System.Formats.Cbor;

namespace Moderation.Evidence;

/// <summary>The kinds of section 6.2.</summary>
public enum SegmentKind
{
    AttestedMedia = 1,
    AssertedMedia = 2,
    Chat = 3,
    Screenshot = 4,
    Note = 5,
    Roster = 6,
    Gap = 7,
}

/// <summary>One descriptor, keys 1..11 of section 6.1. Times are milliseconds on the meeting clock, lengths bytes.</summary>
public sealed record Descriptor
{
    public required uint Index { get; init; }

    /// <summary>As on the wire; a number outside <see cref="SegmentKind"/> is refused at E6, not at E2.</summary>
    public required uint Kind { get; init; }

    /// <summary>16 bytes, meeting-scoped pseudonym; zeros for none.</summary>
    public required byte[] Participant { get; init; }
    public required uint Stream { get; init; }
    public required ulong T0 { get; init; }
    public required uint Duration { get; init; }
    public required uint PlaintextLength { get; init; }
    public required uint CiphertextLength { get; init; }
    public required byte[] CiphertextHash { get; init; }

    /// <summary>The registry of section 6.3.</summary>
    public required uint Content { get; init; }

    /// <summary>Index into the receipts, or -1.</summary>
    public required int Receipt { get; init; }

    /// <summary>The deterministic bytes that stand in the table.</summary>
    public byte[] Encode() => Write(whole: true);

    /// <summary>The same map without keys 8 and 9: what is known before encryption.</summary>
    public byte[] EncodeMeta() => Write(whole: false);

    /// <summary>Step E2 for one descriptor; null for any defect.</summary>
    public static Descriptor? Parse(ReadOnlyMemory<byte> bytes) =>
        bytes.Length > EvidenceLimits.Descriptor ? null : CborForm.Read(bytes, Read);

    private byte[] Write(bool whole) =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(whole ? 11 : 9);
            writer.Member(1, Index).Member(2, Kind).Member(3, Participant).Member(4, Stream).Member(5, T0);
            writer.Member(6, Duration).Member(7, PlaintextLength);
            if (whole)
                writer.Member(8, CiphertextLength).Member(9, CiphertextHash);
            writer.Member(10, Content);
            writer.WriteInt32(11);
            writer.WriteInt32(Receipt);
            writer.WriteEndMap();
        });

    private static Descriptor Read(CborReader reader)
    {
        reader.StartMap(11);
        // An object initializer runs top to bottom, which is the order of the keys on the wire.
        var descriptor = new Descriptor
        {
            Index = Uint32(1),
            Kind = Uint32(2),
            Participant = Bstr(3, 16),
            Stream = Uint32(4),
            T0 = Uint64(5),
            Duration = Uint32(6),
            PlaintextLength = Uint32(7),
            CiphertextLength = Uint32(8),
            CiphertextHash = Bstr(9, 32),
            Content = Uint32(10),
            Receipt = Int32(11),
        };
        reader.ReadEndMap();
        return descriptor;

        uint Uint32(int key)
        {
            reader.Key(key);
            return reader.ReadUInt32();
        }

        ulong Uint64(int key)
        {
            reader.Key(key);
            return reader.ReadUInt64();
        }

        int Int32(int key)
        {
            reader.Key(key);
            return reader.ReadInt32();
        }

        byte[] Bstr(int key, int length)
        {
            reader.Key(key);
            return reader.Bytes(length);
        }
    }
}
