// Makes a self-initialising segment of encoded frames: CMAF, or WebM for VP8 (evidence-bundle.md 6.3).
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk.Media;

internal static class SegmentMuxer
{
    // Headers, and what each frame costs beside its bytes (a row of `trun`, or a block's head; length fields of H.264).
    private const int HeaderRoom = 8 * 1024;
    private const int FrameRoom = 128;

    /// <summary>AV1 needs a parser of sequence headers that is not written yet; its tracks deliver ready segments.</summary>
    public static bool Takes(Codec codec) => codec != Codec.Av1;

    /// <summary>Null when the opening frame does not tell what a header must, or the segment would be too large.</summary>
    /// <param name="opening">Where the first frame of the group lies: the header is made from it.</param>
    public static SecretMemory? Mux(
        Codec codec,
        FrozenUnit unit,
        ReadOnlySpan<byte> bytes,
        List<UnitRecord> records,
        ReadOnlySpan<byte> opening,
        UnitRecord first
    )
    {
        if (TrackHeader.Read(codec, opening.Slice(first.Offset, first.Length)) is not { } header)
            return null;
        using var room = SecretMemory.Rent(bytes.Length + HeaderRoom + records.Count * FrameRoom);
        var durations = Durations(records, unit);
        var length =
            codec == Codec.Vp8
                ? WebM.Write(room.Memory.Span, header, bytes, records, unit.Unit.Rate)
                : CmafWriter.Write(room.Memory.Span, codec, header, bytes, records, durations, unit.Unit.Rate);
        if (length > EvidenceLimits.SegmentPlaintext)
            return null;
        var segment = SecretMemory.Rent(length);
        room.Memory.Span[..length].CopyTo(segment.Memory.Span);
        return segment;
    }

    // A frame lasts until the next; the last one until the unit's end.
    private static uint[] Durations(List<UnitRecord> records, FrozenUnit unit)
    {
        var durations = new uint[records.Count];
        for (var i = 0; i < durations.Length; i++)
        {
            var next = i + 1 < durations.Length ? records[i + 1].Tick : unit.EndMs * unit.Unit.Rate / 1000;
            durations[i] = (uint)Math.Clamp((long)next - (long)records[i].Tick, 1, 10L * unit.Unit.Rate);
        }
        return durations;
    }
}
