// Moves a CMAF fragment on the meeting clock by rewriting the one time it carries (`tfdt`, ISO/IEC 14496-12).
using System.Buffers.Binary;

namespace Moderation.Sdk;

/// <summary>The little of CMAF that a host needs to make segments self-initialising (evidence-bundle.md 6.3).</summary>
public static class Cmaf
{
    /// <summary>Header and fragment as one self-initialising segment whose decode time is <paramref name="ticks"/>.</summary>
    /// <param name="header">`ftyp` and `moov`, one track.</param>
    /// <param name="fragment">`moof` and `mdat`, starting at a random access point.</param>
    /// <param name="ticks">Track-timescale ticks since the meeting epoch.</param>
    /// <exception cref="InvalidDataException">The fragment has no `moof/traf/tfdt`.</exception>
    public static byte[] Segment(ReadOnlySpan<byte> header, ReadOnlySpan<byte> fragment, ulong ticks)
    {
        var segment = new byte[header.Length + fragment.Length];
        header.CopyTo(segment);
        fragment.CopyTo(segment.AsSpan(header.Length));
        if (!WriteDecodeTime(segment.AsSpan(header.Length), ticks))
            throw new InvalidDataException("The fragment has no tfdt box.");
        return segment;
    }

    /// <summary>True when the bytes begin with `ftyp`, or with the EBML header of WebM.</summary>
    internal static bool StartsWithHeader(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 8
        && (bytes[4..8].SequenceEqual("ftyp"u8) || BinaryPrimitives.ReadUInt32BigEndian(bytes) == 0x1A45DFA3);

    private static bool WriteDecodeTime(Span<byte> boxes, ulong ticks)
    {
        for (var at = 0; at + 8 <= boxes.Length; )
        {
            var size = (int)BinaryPrimitives.ReadUInt32BigEndian(boxes[at..]);
            if (size < 8 || at + size > boxes.Length)
                return false;
            var type = BinaryPrimitives.ReadUInt32BigEndian(boxes[(at + 4)..]);
            switch (type)
            {
                // `moof` and `traf` are containers.
                case 0x6D6F6F66 or 0x74726166:
                    if (WriteDecodeTime(boxes.Slice(at + 8, size - 8), ticks))
                        return true;
                    break;
                // `tfdt`: version 1 has a 64-bit time, version 0 a 32-bit one.
                case 0x74666474 when boxes[at + 8] == 1 && size >= 20:
                    BinaryPrimitives.WriteUInt64BigEndian(boxes[(at + 12)..], ticks);
                    return true;
                case 0x74666474 when size >= 16:
                    BinaryPrimitives.WriteUInt32BigEndian(boxes[(at + 12)..], checked((uint)ticks));
                    return true;
            }
            at += size;
        }
        return false;
    }
}
