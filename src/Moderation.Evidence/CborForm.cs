// Reads and writes the deterministic CBOR of section 3.1.
using System.Formats.Cbor;

namespace Moderation.Evidence;

internal static class CborForm
{
    // Nesting never exceeds four levels; a reader stops at eight (section 3.1).
    private const int DeepestLevel = 8;

    // Ctap2Canonical enforces shortest heads, definite lengths, key order and no duplicates; for integer keys its order is
    // the bytewise one of section 3.1. What it still lets through (floats, simple values, bytes after the item) is
    // refused by IsDeterministic and Read.
    public static CborReader ReaderOf(ReadOnlyMemory<byte> region) => new(region, CborConformanceMode.Ctap2Canonical);

    public static byte[] Write(Action<CborWriter> write)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        write(writer);
        return writer.Encode();
    }

    // The reader throws three kinds of exception for bad input (section 24); a region is either read whole or null.
    public static T? Read<T>(ReadOnlyMemory<byte> region, Func<CborReader, T?> read)
        where T : class
    {
        try
        {
            var reader = ReaderOf(region);
            var value = read(reader);
            return value is not null && reader.PeekState() == CborReaderState.Finished && reader.BytesRemaining == 0
                ? value
                : null;
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>One item, deterministic throughout, and no byte after it.</summary>
    public static bool IsDeterministic(ReadOnlyMemory<byte> region)
    {
        try
        {
            var reader = ReaderOf(region);
            return WalkItem(reader, 1) && reader.BytesRemaining == 0;
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return false;
        }
    }

    private static bool WalkItem(CborReader reader, int level)
    {
        if (level > DeepestLevel)
            return false;
        switch (reader.PeekState())
        {
            case CborReaderState.UnsignedInteger
            or CborReaderState.NegativeInteger
            or CborReaderState.ByteString
            or CborReaderState.TextString:
                reader.SkipValue();
                return true;
            case CborReaderState.StartArray:
                reader.ReadStartArray();
                while (reader.PeekState() != CborReaderState.EndArray)
                    if (!WalkItem(reader, level + 1))
                        return false;
                reader.ReadEndArray();
                return true;
            case CborReaderState.StartMap:
                reader.ReadStartMap();
                while (reader.PeekState() != CborReaderState.EndMap)
                {
                    // Keys are integers; the value follows its key.
                    if (!IsInteger(reader.PeekState()))
                        return false;
                    reader.SkipValue();
                    if (!WalkItem(reader, level + 1))
                        return false;
                }
                reader.ReadEndMap();
                return true;
            default:
                return false;
        }
    }

    public static bool IsInteger(CborReaderState state) =>
        state is CborReaderState.UnsignedInteger or CborReaderState.NegativeInteger;

    // What follows are the readers of single members. They throw CborContentException on a wrong shape, which Read turns
    // into null, so that a shape reads top to bottom like its table in the specification.

    public static void StartMap(this CborReader reader, int members) => Expect(reader.ReadStartMap() == members);

    public static void StartArray(this CborReader reader, int items) => Expect(reader.ReadStartArray() == items);

    public static void Key(this CborReader reader, int key) => Expect(reader.ReadInt64() == key);

    public static byte[] Bytes(this CborReader reader, int length)
    {
        var bytes = reader.ReadDefiniteLengthByteString();
        Expect(bytes.Length == length);
        return bytes.ToArray();
    }

    public static ReadOnlyMemory<byte> Bytes(this CborReader reader) => reader.ReadDefiniteLengthByteString();

    public static void Constant(this CborReader reader, ulong value) => Expect(reader.ReadUInt64() == value);

    public static ReadOnlyMemory<byte>[] ByteStrings(this CborReader reader, int most, int longest, int shortest = 1)
    {
        var count = reader.ReadStartArray() ?? throw new CborContentException("Indefinite length.");
        Expect(count <= most);
        var items = new ReadOnlyMemory<byte>[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = reader.ReadDefiniteLengthByteString();
            Expect(items[i].Length >= shortest && items[i].Length <= longest);
        }
        reader.ReadEndArray();
        return items;
    }

    public static T[] Items<T>(this CborReader reader, int most, Func<CborReader, T> read)
    {
        var count = reader.ReadStartArray() ?? throw new CborContentException("Indefinite length.");
        Expect(count <= most);
        var items = new T[count];
        for (var i = 0; i < count; i++)
            items[i] = read(reader);
        reader.ReadEndArray();
        return items;
    }

    public static byte[][] Hashes(this CborReader reader, int most) =>
        Array.ConvertAll(reader.ByteStrings(most, longest: 32, shortest: 32), item => item.ToArray());

    /// <summary>Segment indices: ascending, no duplicate, 1 .. 2,048 of them (sections 19.1 and 20.1).</summary>
    public static uint[] Indices(this CborReader reader)
    {
        var count = reader.ReadStartArray() ?? 0;
        Expect(count is >= 1 and <= EvidenceLimits.Segments);
        var indices = new uint[count];
        for (var i = 0; i < count; i++)
        {
            indices[i] = reader.ReadUInt32();
            Expect(i == 0 || indices[i] > indices[i - 1]);
        }
        reader.ReadEndArray();
        return indices;
    }

    public static void Expect(bool holds)
    {
        if (!holds)
            throw new CborContentException("Not the shape the specification gives.");
    }

    public static CborWriter Member(this CborWriter writer, int key, ulong value)
    {
        writer.WriteInt32(key);
        writer.WriteUInt64(value);
        return writer;
    }

    public static CborWriter Member(this CborWriter writer, int key, ReadOnlySpan<byte> value)
    {
        writer.WriteInt32(key);
        writer.WriteByteString(value);
        return writer;
    }

    public static CborWriter Member(this CborWriter writer, int key, IReadOnlyCollection<uint> indices)
    {
        writer.WriteInt32(key);
        writer.WriteStartArray(indices.Count);
        foreach (var index in indices)
            writer.WriteUInt32(index);
        writer.WriteEndArray();
        return writer;
    }

    public static CborWriter Member(this CborWriter writer, int key, IReadOnlyCollection<byte[]> items)
    {
        writer.WriteInt32(key);
        writer.WriteStartArray(items.Count);
        foreach (var item in items)
            writer.WriteByteString(item);
        writer.WriteEndArray();
        return writer;
    }
}
