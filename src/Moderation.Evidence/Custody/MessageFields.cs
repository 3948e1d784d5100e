// Strict reading of the members of a custody message; every defect is one exception, so that a caller maps one thing.
using System.Formats.Cbor;

namespace Moderation.Evidence.Custody;

internal static class MessageFields
{
    internal static T Read<T>(ReadOnlyMemory<byte> message, Func<CborReader, T> read, bool whole = true)
    {
        try
        {
            var reader = new CborReader(message, CborConformanceMode.Ctap2Canonical);
            var value = read(reader);
            if (whole && reader.BytesRemaining != 0)
                throw new InvalidDataException("Bytes follow the message.");
            return value;
        }
        catch (Exception fault) when (fault is CborContentException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException("The message is not of its shape.", fault);
        }
    }

    internal static void Begin(CborReader reader, int members)
    {
        if (reader.ReadStartMap() != members)
            throw new InvalidDataException($"A map of {members} members was expected.");
        Number(reader, 1, 1, least: 1);
    }

    internal static void Expect(CborReader reader, int key)
    {
        if (reader.ReadInt32() != key)
            throw new InvalidDataException($"Member {key} was expected.");
    }

    internal static int Number(CborReader reader, int key, int most, int least = 0)
    {
        Expect(reader, key);
        var value = reader.ReadInt32();
        return value >= least && value <= most
            ? value
            : throw new InvalidDataException($"Member {key} is out of range.");
    }

    internal static byte[] Bytes(CborReader reader, int key, int? length = null)
    {
        Expect(reader, key);
        var value = reader.ReadByteString();
        return length is null || value.Length == length
            ? value
            : throw new InvalidDataException($"Member {key} has a wrong length.");
    }

    internal static byte[][] Array(CborReader reader, int key, int most, int? length)
    {
        Expect(reader, key);
        var count = reader.ReadStartArray() ?? throw new InvalidDataException("Indefinite length.");
        if (count > most)
            throw new InvalidDataException($"Member {key} has too many entries.");
        var values = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            values[i] = reader.ReadByteString();
            if (length is not null && values[i].Length != length)
                throw new InvalidDataException($"Member {key} has an entry of wrong length.");
        }
        reader.ReadEndArray();
        return values;
    }
}
