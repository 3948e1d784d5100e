// Writes one CMAF segment: `ftyp` and `moov` of one track, then one `moof` with its `mdat` (ISO/IEC 23000-19).
using Moderation.Sdk.Ring;

namespace Moderation.Sdk.Media;

internal static class CmafWriter
{
    private const uint SyncSample = 0x0200_0000;
    private const uint OtherSample = 0x0101_0000;

    /// <summary>The bytes written.</summary>
    public static int Write(
        Span<byte> into,
        Codec codec,
        TrackHeader header,
        ReadOnlySpan<byte> bytes,
        List<UnitRecord> records,
        uint[] durations,
        uint rate
    )
    {
        var box = new BoxWriter(into);
        var ftyp = box.Begin("ftyp"u8);
        box.Bytes("cmfc"u8);
        box.U32(0);
        box.Bytes("iso6cmfc"u8);
        box.End(ftyp);
        Moov(ref box, codec, header, rate);

        var moof = box.Begin("moof"u8);
        var mfhd = box.BeginFull("mfhd"u8, 0, 0);
        box.U32(1);
        box.End(mfhd);
        var traf = box.Begin("traf"u8);
        // Default base is the moof.
        var tfhd = box.BeginFull("tfhd"u8, 0, 0x02_0000);
        box.U32(1);
        box.End(tfhd);
        var tfdt = box.BeginFull("tfdt"u8, 1, 0);
        box.U64(records[0].Tick);
        box.End(tfdt);
        // Data offset; duration, size and flags of each sample.
        var trun = box.BeginFull("trun"u8, 0, 0x0701);
        box.U32((uint)records.Count);
        var offsetAt = box.At;
        box.U32(0);
        var sizesAt = box.At;
        for (var i = 0; i < records.Count; i++)
        {
            box.U32(durations[i]);
            box.U32((uint)records[i].Length);
            box.U32(records[i].IsKey ? SyncSample : OtherSample);
        }
        box.End(trun);
        box.End(traf);
        box.End(moof);
        var mdat = box.Begin("mdat"u8);
        box.Patch32(offsetAt, (uint)(box.At - moof));
        for (var i = 0; i < records.Count; i++)
        {
            var frame = bytes.Slice(records[i].Offset, records[i].Length);
            var start = box.At;
            if (codec == Codec.H264)
                Sample(ref box, frame);
            else
                box.Bytes(frame);
            box.Patch32(sizesAt + i * 12 + 4, (uint)(box.At - start));
        }
        box.End(mdat);
        return box.At;
    }

    // Lengths in place of start codes; access unit delimiters are not part of a sample.
    private static void Sample(ref BoxWriter box, ReadOnlySpan<byte> frame)
    {
        foreach (var range in AnnexB.Nals(frame))
        {
            var nal = frame[range];
            if ((nal[0] & 0x1F) == 9)
                continue;
            box.U32((uint)nal.Length);
            box.Bytes(nal);
        }
    }

    private static void Moov(ref BoxWriter box, Codec codec, TrackHeader header, uint rate)
    {
        var isVideo = codec != Codec.Opus;
        var moov = box.Begin("moov"u8);
        var mvhd = box.BeginFull("mvhd"u8, 0, 0);
        box.Zeros(8);
        box.U32(rate);
        box.U32(0);
        box.U32(0x0001_0000);
        box.U16(0x0100);
        box.Zeros(10);
        Matrix(ref box);
        box.Zeros(24);
        box.U32(2);
        box.End(mvhd);

        var trak = box.Begin("trak"u8);
        var tkhd = box.BeginFull("tkhd"u8, 0, 3);
        box.Zeros(8);
        box.U32(1);
        box.Zeros(4 + 4 + 8 + 2 + 2);
        box.U16(isVideo ? 0 : 0x0100);
        box.U16(0);
        Matrix(ref box);
        box.U32((uint)header.Width << 16);
        box.U32((uint)header.Height << 16);
        box.End(tkhd);
        var mdia = box.Begin("mdia"u8);
        var mdhd = box.BeginFull("mdhd"u8, 0, 0);
        box.Zeros(8);
        box.U32(rate);
        box.U32(0);
        // "und", packed.
        box.U16(0x55C4);
        box.U16(0);
        box.End(mdhd);
        var hdlr = box.BeginFull("hdlr"u8, 0, 0);
        box.U32(0);
        box.Bytes(isVideo ? "vide"u8 : "soun"u8);
        box.Zeros(13);
        box.End(hdlr);
        var minf = box.Begin("minf"u8);
        var media = isVideo ? box.BeginFull("vmhd"u8, 0, 1) : box.BeginFull("smhd"u8, 0, 0);
        box.Zeros(isVideo ? 8 : 4);
        box.End(media);
        var dinf = box.Begin("dinf"u8);
        var dref = box.BeginFull("dref"u8, 0, 0);
        box.U32(1);
        box.End(box.BeginFull("url "u8, 0, 1));
        box.End(dref);
        box.End(dinf);
        var stbl = box.Begin("stbl"u8);
        var stsd = box.BeginFull("stsd"u8, 0, 0);
        box.U32(1);
        if (isVideo)
            VideoEntry(ref box, codec, header);
        else
            SoundEntry(ref box, header);
        box.End(stsd);
        Empty(ref box, "stts"u8, 4);
        Empty(ref box, "stsc"u8, 4);
        Empty(ref box, "stsz"u8, 8);
        Empty(ref box, "stco"u8, 4);
        box.End(stbl);
        box.End(minf);
        box.End(mdia);
        box.End(trak);

        var mvex = box.Begin("mvex"u8);
        var trex = box.BeginFull("trex"u8, 0, 0);
        box.U32(1);
        box.U32(1);
        box.Zeros(12);
        box.End(trex);
        box.End(mvex);
        box.End(moov);
    }

    private static void VideoEntry(ref BoxWriter box, Codec codec, TrackHeader header)
    {
        var entry = box.Begin(codec == Codec.H264 ? "avc1"u8 : "vp09"u8);
        box.Zeros(6);
        box.U16(1);
        box.Zeros(16);
        box.U16(header.Width);
        box.U16(header.Height);
        box.U32(0x0048_0000);
        box.U32(0x0048_0000);
        box.U32(0);
        box.U16(1);
        box.Zeros(32);
        box.U16(0x0018);
        box.U16(0xFFFF);
        var config = box.Begin(codec == Codec.H264 ? "avcC"u8 : "vpcC"u8);
        box.Bytes(header.Config);
        box.End(config);
        box.End(entry);
    }

    private static void SoundEntry(ref BoxWriter box, TrackHeader header)
    {
        var entry = box.Begin("Opus"u8);
        box.Zeros(6);
        box.U16(1);
        box.Zeros(8);
        box.U16(header.Channels);
        box.U16(16);
        box.U32(0);
        box.U32(48_000u << 16);
        var config = box.Begin("dOps"u8);
        box.Bytes(header.Config);
        box.End(config);
        box.End(entry);
    }

    private static void Empty(ref BoxWriter box, ReadOnlySpan<byte> type, int zeros)
    {
        var start = box.BeginFull(type, 0, 0);
        box.Zeros(zeros);
        box.End(start);
    }

    private static void Matrix(ref BoxWriter box)
    {
        box.U32(0x0001_0000);
        box.Zeros(12);
        box.U32(0x0001_0000);
        box.Zeros(12);
        box.U32(0x4000_0000);
    }
}
