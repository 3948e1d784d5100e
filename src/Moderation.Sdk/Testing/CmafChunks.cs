// Cuts a CMAF fragment into chunks of a few samples each, as a live encoder sends them (ISO/IEC 14496-12, 23000-19).
using System.Buffers.Binary;

namespace Moderation.Sdk.Testing;

/// <summary>Knows the fragments of the synthetic media alone: one `traf`, defaults in `tfhd`, sizes in `trun`.</summary>
internal static class CmafChunks
{
    private const uint Moof = 0x6D6F6F66;
    private const uint Traf = 0x74726166;
    private const uint Tfhd = 0x74666864;
    private const uint Trun = 0x7472756E;
    private const int FirstSampleFlags = 0x4;

    /// <summary>Header boxes of the fragment's samples repeated for every chunk; decode times go on from <paramref name="ticks"/>.</summary>
    public static List<byte[]> Cut(ReadOnlySpan<byte> fragment, int samplesEach, ulong ticks)
    {
        var traf = Child(Child(fragment, Moof), Traf);
        var tfhd = Child(traf, Tfhd);
        var trun = Child(traf, Trun);
        var duration = U32(tfhd, 8);
        var flags = (int)U32(trun, 0);
        var count = (int)U32(trun, 4);
        var sizesAt = (flags & FirstSampleFlags) != 0 ? 16 : 12;
        List<byte[]> chunks = [];
        var media = Whole(fragment, Moof).Length + 8;
        for (var first = 0; first < count; first += samplesEach)
        {
            var sizes = trun.Slice(sizesAt + (first * 4), Math.Min(samplesEach, count - first) * 4);
            var length = 0;
            for (var i = 0; i < sizes.Length; i += 4)
                length += (int)U32(sizes, i);
            var firstFlags = first == 0 && sizesAt == 16 ? trun.Slice(12, 4) : [];
            chunks.Add(
                Chunk(
                    Box(Tfhd, tfhd),
                    ticks + ((ulong)first * duration),
                    sizes,
                    firstFlags,
                    fragment.Slice(media, length)
                )
            );
            media += length;
        }
        return chunks;
    }

    private static byte[] Chunk(
        byte[] tfhd,
        ulong ticks,
        ReadOnlySpan<byte> sizes,
        ReadOnlySpan<byte> firstFlags,
        ReadOnlySpan<byte> media
    )
    {
        var flags = firstFlags.IsEmpty ? 0x201u : 0x205u;
        var moofLength = 8 + 16 + 8 + tfhd.Length + 20 + (8 + 12 + firstFlags.Length + sizes.Length);
        byte[] run =
        [
            .. U32(flags),
            .. U32((uint)sizes.Length / 4),
            .. U32((uint)moofLength + 8),
            .. firstFlags,
            .. sizes,
        ];
        byte[] time = new byte[12];
        time[0] = 1;
        BinaryPrimitives.WriteUInt64BigEndian(time.AsSpan(4), ticks);
        byte[] track = [.. tfhd, .. Box(0x74666474, time), .. Box(Trun, run)];
        byte[] moof = [.. Box(0x6D666864, [0, 0, 0, 0, .. U32(1)]), .. Box(Traf, track)];
        return [.. Box(Moof, moof), .. Box(0x6D646174, media)];
    }

    private static byte[] Box(uint type, ReadOnlySpan<byte> body) =>
        [.. U32((uint)body.Length + 8), .. U32(type), .. body];

    private static ReadOnlySpan<byte> Child(ReadOnlySpan<byte> boxes, uint type) => Whole(boxes, type)[8..];

    private static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> boxes, uint type)
    {
        while (boxes.Length >= 8)
        {
            var size = (int)U32(boxes, 0);
            if (U32(boxes, 4) == type)
                return boxes[..size];
            boxes = boxes[size..];
        }
        throw new InvalidDataException("The fragment is not of the form of the synthetic media.");
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
