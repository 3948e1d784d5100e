// Reads from a codec's first frame what a segment's header has to say: size, profile, parameter sets.
using System.Buffers.Binary;

namespace Moderation.Sdk.Media;

/// <summary>Config is the content of `vpcC`, `avcC` or `dOps`; empty for VP8.</summary>
internal sealed record TrackHeader(int Width, int Height, byte[] Config, int Channels = 0)
{
    /// <summary>Null when the frame is no random access point of that codec.</summary>
    public static TrackHeader? Read(Codec codec, ReadOnlySpan<byte> frame)
    {
        try
        {
            return codec switch
            {
                Codec.Vp8 => Vp8(frame),
                Codec.Vp9 => Vp9(frame),
                Codec.H264 => H264(frame),
                Codec.Opus => Opus(frame),
                _ => null,
            };
        }
        // Whatever a sender sends may end anywhere.
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    // RFC 6386 section 9.1: three bytes, the start code, 14 bits of width and of height.
    private static TrackHeader? Vp8(ReadOnlySpan<byte> frame)
    {
        if ((frame[0] & 1) != 0 || frame[3] != 0x9D || frame[4] != 0x01 || frame[5] != 0x2A)
            return null;
        var width = BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]) & 0x3FFF;
        var height = BinaryPrimitives.ReadUInt16LittleEndian(frame[8..]) & 0x3FFF;
        return new TrackHeader(width, height, []);
    }

    // VP9 bitstream specification, section 6.2 (uncompressed header of a key frame).
    private static TrackHeader? Vp9(ReadOnlySpan<byte> frame)
    {
        var bits = new BitReader(frame);
        if (bits.Read(2) != 2)
            return null;
        var profile = bits.Read(1) | (bits.Read(1) << 1);
        if (profile == 3)
            bits.Read(1);
        // show_existing_frame, frame_type 0 is a key frame, show_frame, error_resilient_mode.
        if (bits.Read(1) == 1 || bits.Read(1) == 1)
            return null;
        bits.Read(2);
        if (bits.Read(24) != 0x498342)
            return null;
        var depth = profile >= 2 ? (bits.Read(1) == 1 ? 12 : 10) : 8;
        var space = bits.Read(3);
        var (isFull, chroma) = (1, 3);
        if (space != 7)
        {
            isFull = bits.Read(1);
            // 4:2:0 with samples beside luma, or what profiles 1 and 3 say.
            chroma = 1;
            if ((profile & 1) == 1)
                chroma = bits.Read(1) == 1 ? bits.Read(1) + 1 : 3 - bits.Read(1);
            if ((profile & 1) == 1)
                bits.Read(1);
        }
        else if ((profile & 1) == 1)
        {
            bits.Read(1);
        }
        var width = bits.Read(16) + 1;
        var height = bits.Read(16) + 1;
        byte[] config =
        [
            1,
            0,
            0,
            0,
            (byte)profile,
            Vp9Level(width * height),
            (byte)((depth << 4) | (chroma << 1) | isFull),
            // Colour unspecified: the bitstream says it itself.
            2,
            2,
            2,
            0,
            0,
        ];
        return new TrackHeader(width, height, config);
    }

    private static byte Vp9Level(int pixels) =>
        pixels switch
        {
            <= 36_864 => 10,
            <= 73_728 => 11,
            <= 122_880 => 20,
            <= 245_760 => 21,
            <= 552_960 => 30,
            <= 983_040 => 31,
            <= 2_228_224 => 40,
            <= 8_912_896 => 50,
            _ => 60,
        };

    // ISO/IEC 14496-15: version, profile, compatibility, level, four-byte lengths, the parameter sets.
    private static TrackHeader? H264(ReadOnlySpan<byte> frame)
    {
        byte[]? sps = null,
            pps = null;
        foreach (var range in AnnexB.Nals(frame))
        {
            var nal = frame[range];
            if ((nal[0] & 0x1F) == 7)
                sps ??= nal.ToArray();
            else if ((nal[0] & 0x1F) == 8)
                pps ??= nal.ToArray();
        }
        if (sps is null || pps is null || AnnexB.SizeOf(sps) is not { } size)
            return null;
        byte[] config =
        [
            1,
            sps[1],
            sps[2],
            sps[3],
            0xFF,
            0xE1,
            (byte)(sps.Length >> 8),
            (byte)sps.Length,
            .. sps,
            1,
            (byte)(pps.Length >> 8),
            (byte)pps.Length,
            .. pps,
        ];
        return new TrackHeader(size.Width, size.Height, config);
    }

    // RFC 6716 section 3.1: bit 2 of the first byte says stereo. `dOps` of the Opus in ISOBMFF encapsulation.
    private static TrackHeader? Opus(ReadOnlySpan<byte> packet)
    {
        var channels = (packet[0] & 0x04) != 0 ? 2 : 1;
        byte[] config = [0, (byte)channels, 0x01, 0x38, 0x00, 0x00, 0xBB, 0x80, 0, 0, 0];
        return new TrackHeader(0, 0, config, channels);
    }
}

/// <summary>Most significant bit first.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public int Read(int count)
    {
        var value = 0;
        for (; count > 0; count--, _at++)
            value = (value << 1) | ((_bytes[_at >> 3] >> (7 - (_at & 7))) & 1);
        return value;
    }

    /// <summary>Exp-Golomb, as in H.264 section 9.1.</summary>
    public int ReadUe()
    {
        var zeros = 0;
        while (Read(1) == 0)
            zeros++;
        return zeros >= 31 ? throw new ArgumentOutOfRangeException(nameof(zeros)) : (1 << zeros) - 1 + Read(zeros);
    }

    public int ReadSe()
    {
        var value = ReadUe();
        return (value & 1) == 1 ? (value + 1) / 2 : -value / 2;
    }
}
