// H.264 byte streams: finds the NAL units between start codes, and the picture size in a sequence parameter set.
namespace Moderation.Sdk.Media;

internal static class AnnexB
{
    /// <summary>The units without their start codes and trailing zeros.</summary>
    public static List<Range> Nals(ReadOnlySpan<byte> stream)
    {
        List<Range> nals = [];
        var start = Next(stream, 0);
        while (start >= 0)
        {
            var from = start + 3;
            var next = Next(stream, from);
            var to = next < 0 ? stream.Length : next;
            while (to > from && stream[to - 1] == 0)
                to--;
            if (to > from)
                nals.Add(from..to);
            start = next;
        }
        return nals;
    }

    /// <summary>H.264 section 7.3.2.1.1; null for a form that no meeting client sends (scaling lists).</summary>
    public static (int Width, int Height)? SizeOf(ReadOnlySpan<byte> sps)
    {
        var bits = new BitReader(Unescape(sps[1..]));
        var profile = bits.Read(8);
        bits.Read(16);
        bits.ReadUe();
        var chroma = 1;
        if (profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128)
        {
            chroma = bits.ReadUe();
            if (chroma == 3)
                bits.Read(1);
            bits.ReadUe();
            bits.ReadUe();
            bits.Read(1);
            if (bits.Read(1) == 1)
                return null;
        }
        bits.ReadUe();
        var order = bits.ReadUe();
        if (order == 0)
        {
            bits.ReadUe();
        }
        else if (order == 1)
        {
            bits.Read(1);
            bits.ReadSe();
            bits.ReadSe();
            for (var n = Math.Min(255, bits.ReadUe()); n > 0; n--)
                bits.ReadSe();
        }
        bits.ReadUe();
        bits.Read(1);
        var width = (bits.ReadUe() + 1) * 16;
        var mapUnits = bits.ReadUe() + 1;
        var isFrameOnly = bits.Read(1);
        var height = mapUnits * 16 * (2 - isFrameOnly);
        if (isFrameOnly == 0)
            bits.Read(1);
        bits.Read(1);
        if (bits.Read(1) == 1)
        {
            var (unitX, unitY) = (chroma is 1 or 2 ? 2 : 1, (chroma == 1 ? 2 : 1) * (2 - isFrameOnly));
            width -= (bits.ReadUe() + bits.ReadUe()) * unitX;
            height -= (bits.ReadUe() + bits.ReadUe()) * unitY;
        }
        return width is > 0 and <= 16_384 && height is > 0 and <= 16_384 ? (width, height) : null;
    }

    private static int Next(ReadOnlySpan<byte> stream, int from)
    {
        var at = from > stream.Length ? -1 : stream[from..].IndexOf((ReadOnlySpan<byte>)[0, 0, 1]);
        return at < 0 ? -1 : from + at;
    }

    // Takes out the emulation prevention byte of 00 00 03.
    private static byte[] Unescape(ReadOnlySpan<byte> nal)
    {
        List<byte> raw = new(nal.Length);
        var zeros = 0;
        foreach (var b in nal)
        {
            if (zeros >= 2 && b == 3)
            {
                zeros = 0;
                continue;
            }
            zeros = b == 0 ? zeros + 1 : 0;
            raw.Add(b);
        }
        return [.. raw];
    }
}
