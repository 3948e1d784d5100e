// Finds the holes of more than 250 ms in a frozen window and says why each is there (evidence-bundle.md 6.2).
using Moderation.Evidence;

namespace Moderation.Sdk.Ring;

/// <summary>Gap reasons of evidence-bundle.md 6.3.</summary>
internal static class GapReason
{
    public const uint EvictedForSpace = 64;
    public const uint NeverReceived = 65;
    public const uint TakenOutByReporter = 66;
}

internal sealed record Gap(StreamKey Stream, ulong StartMs, uint DurationMs, uint Reason);

internal static class Gaps
{
    private const ulong Tolerated = 250;

    public static List<Gap> Find(
        FrozenUnits frozen,
        IReadOnlyCollection<BufferedUnit> kept,
        ulong windowStart,
        ulong windowEnd
    )
    {
        List<Gap> gaps = [];
        var existed = frozen.Streams.Where(s =>
            s.Kind == SegmentKind.AssertedMedia
            && (
                frozen.Units.Exists(u => u.Stream == s)
                || frozen.EvictedForSpaceUntil.GetValueOrDefault(s) > windowStart
            )
        );
        foreach (var stream in existed)
        {
            var at = windowStart;
            foreach (var unit in frozen.Units.Where(u => u.Stream == stream).OrderBy(u => u.StartMs))
            {
                Hole(at, unit.StartMs);
                if (!kept.Contains(unit))
                    gaps.Add(new Gap(stream, unit.StartMs, unit.DurationMs, GapReason.TakenOutByReporter));
                at = Math.Max(at, unit.EndMs);
            }
            Hole(at, windowEnd);

            void Hole(ulong from, ulong to)
            {
                if (to <= from + Tolerated)
                    return;
                var evicted = frozen.EvictedForSpaceUntil.GetValueOrDefault(stream) > from;
                gaps.Add(
                    new Gap(
                        stream,
                        from,
                        (uint)(to - from),
                        evicted ? GapReason.EvictedForSpace : GapReason.NeverReceived
                    )
                );
            }
        }
        return gaps;
    }
}
