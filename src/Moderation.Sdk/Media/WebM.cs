// Writes one VP8 segment: EBML header, a segment of unknown size with its track, one cluster (evidence-bundle.md 6.3, content 5).
using System.Text;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk.Media;

internal static class WebM
{
    /// <summary>The bytes written. Times are ms since the meeting epoch.</summary>
    public static int Write(
        Span<byte> into,
        TrackHeader header,
        ReadOnlySpan<byte> bytes,
        List<UnitRecord> records,
        uint rate
    )
    {
        var box = new BoxWriter(into);
        var ebml = Begin(ref box, 0x1A45DFA3);
        Number(ref box, 0x4286, 1);
        Number(ref box, 0x42F7, 1);
        Number(ref box, 0x42F2, 4);
        Number(ref box, 0x42F3, 8);
        Text(ref box, 0x4282, "webm");
        Number(ref box, 0x4287, 2);
        Number(ref box, 0x4285, 2);
        End(ref box, ebml);
        Id(ref box, 0x18538067);
        // Unknown size.
        box.U64(0x01FF_FFFF_FFFF_FFFF);
        var info = Begin(ref box, 0x1549A966);
        Number(ref box, 0x2AD7B1, 1_000_000);
        Text(ref box, 0x4D80, "moderation-sdk");
        Text(ref box, 0x5741, "moderation-sdk");
        End(ref box, info);
        var tracks = Begin(ref box, 0x1654AE6B);
        var track = Begin(ref box, 0xAE);
        Number(ref box, 0xD7, 1);
        Number(ref box, 0x73C5, 1);
        Number(ref box, 0x83, 1);
        Text(ref box, 0x86, "V_VP8");
        var video = Begin(ref box, 0xE0);
        Number(ref box, 0xB0, (ulong)header.Width);
        Number(ref box, 0xBA, (ulong)header.Height);
        End(ref box, video);
        End(ref box, track);
        End(ref box, tracks);
        var cluster = Begin(ref box, 0x1F43B675);
        var startMs = records[0].Tick * 1000 / rate;
        Number(ref box, 0xE7, startMs);
        foreach (var record in records)
        {
            var block = Begin(ref box, 0xA3);
            box.U8(0x81);
            box.U16((int)Math.Min((ulong)short.MaxValue, record.Tick * 1000 / rate - startMs));
            box.U8(record.IsKey ? 0x80 : 0);
            box.Bytes(bytes.Slice(record.Offset, record.Length));
            End(ref box, block);
        }
        End(ref box, cluster);
        return box.At;
    }

    private static int Begin(ref BoxWriter box, uint id)
    {
        Id(ref box, id);
        var at = box.At;
        box.U32(0);
        return at;
    }

    // Four bytes hold any size up to 2^28 - 2.
    private static void End(ref BoxWriter box, int at) => box.Patch32(at, 0x1000_0000u | (uint)(box.At - at - 4));

    private static void Number(ref BoxWriter box, uint id, ulong value)
    {
        Id(ref box, id);
        box.U8(0x88);
        box.U64(value);
    }

    private static void Text(ref BoxWriter box, uint id, string text)
    {
        Id(ref box, id);
        box.U8(0x80 | text.Length);
        box.Bytes(Encoding.ASCII.GetBytes(text));
    }

    private static void Id(ref BoxWriter box, uint id)
    {
        for (var shift = 24; shift >= 0; shift -= 8)
            if (id >> shift != 0)
                box.U8((byte)(id >> shift));
    }
}
