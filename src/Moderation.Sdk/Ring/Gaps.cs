// Finds the holes of more than 250 ms in a frozen window and says why each is there (evidence-bundle.md 6.2).
namespace Moderation.Sdk.Ring;

/// <summary>Nothing is sent for this stream from <paramref name="StartMs"/> on, and why.</summary>
internal sealed record Gap(string Participant, uint Stream, ulong StartMs, uint DurationMs, uint Reason)
{
    /// <summary>"The whole client".</summary>
    public static string Nobody { get; } = new('0', 32);
}

internal static class Gaps
{
    private const ulong Tolerated = 250;

    /// <param name="frozen">All that was held.</param>
    /// <param name="sent">What of it goes into the report.</param>
    /// <param name="why">For a unit that is not sent, the reason.</param>
    public static List<Gap> Find(
        FrozenUnits frozen,
        IReadOnlySet<FrozenUnit> sent,
        Func<FrozenUnit, uint> why,
        ulong windowStart,
        ulong windowEnd
    )
    {
        List<Gap> gaps = [];
        foreach (var note in frozen.Client)
            AddPart(
                gaps,
                Gap.Nobody,
                0,
                Math.Max(note.FromMs, windowStart),
                Math.Min(note.ToMs, windowEnd),
                note.Reason
            );
        foreach (var stream in frozen.Streams)
        {
            var units = frozen.Units.Where(unit => unit.Stream == stream.Key).OrderBy(unit => unit.StartMs).ToList();
            if (stream.IsMedia && !Existed(stream, units, windowStart))
                continue;
            FindIn(stream, units);
        }
        return gaps;

        void FindIn(FrozenStream stream, List<FrozenUnit> units)
        {
            var at = windowStart;
            var firstOfStream = gaps.Count;
            foreach (var unit in units)
            {
                if (stream.IsMedia)
                    Hole(at, unit.StartMs);
                if (!sent.Contains(unit))
                    // What was held and is not sent is told even when it is short: nothing leaves a report silently.
                    Join(unit.StartMs, unit.EndMs, why(unit));
                at = Math.Max(at, unit.EndMs);
            }
            if (stream.IsMedia)
                Hole(at, windowEnd);
            else
                // Text has silences, not holes: only what had to go is told.
                foreach (var note in stream.Notes.Where(note => note.Reason == GapReason.EvictedForSpace))
                    Join(note.FromMs, note.ToMs, note.Reason);

            void Hole(ulong from, ulong to)
            {
                if (to <= from || to - from <= Tolerated)
                    return;
                foreach (var (start, end, reason) in Reasons(stream, frozen.Client, from, to))
                    Join(start, end, reason);
            }

            void Join(ulong from, ulong to, uint reason)
            {
                (from, to) = (Math.Max(from, windowStart), Math.Min(to, windowEnd));
                if (to < from)
                    return;
                var last = gaps.Count > firstOfStream ? gaps[^1] : null;
                if (last is not null && last.Reason == reason && last.StartMs + last.DurationMs == from)
                    gaps[^1] = last with { DurationMs = (uint)(to - last.StartMs) };
                else
                    gaps.Add(new Gap(stream.Key.Participant, stream.Key.Stream, from, (uint)(to - from), reason));
            }
        }
    }

    // A stream is part of the window when something of it is held, or when it was there and nothing is.
    private static bool Existed(FrozenStream stream, List<FrozenUnit> units, ulong windowStart) =>
        units.Count > 0 || stream.LeftMs is null || stream.LeftMs > windowStart;

    private static void AddPart(List<Gap> gaps, string participant, uint stream, ulong from, ulong to, uint reason)
    {
        if (to > from && to - from > Tolerated)
            gaps.Add(new Gap(participant, stream, from, (uint)(to - from), reason));
    }

    // Cuts a hole where the reason changes; a slice too short to be a hole of its own goes with its neighbour.
    private static List<GapNote> Reasons(FrozenStream stream, IReadOnlyList<GapNote> client, ulong from, ulong to)
    {
        SortedSet<ulong> cuts = [from, to];
        foreach (var note in stream.Notes.Concat(client))
        {
            cuts.Add(Math.Clamp(note.FromMs, from, to));
            cuts.Add(Math.Clamp(note.ToMs, from, to));
        }
        cuts.Add(Math.Clamp(stream.AddedMs, from, to));
        cuts.Add(Math.Clamp(stream.LeftMs ?? to, from, to));
        List<GapNote> slices = [];
        var start = from;
        foreach (var cut in cuts.Skip(1))
        {
            var reason = ReasonAt(stream, client, start);
            if (slices.Count > 0 && (slices[^1].Reason == reason || cut - start <= Tolerated))
                slices[^1] = slices[^1] with { ToMs = cut };
            else if (slices.Count == 1 && slices[0].ToMs - slices[0].FromMs <= Tolerated)
                slices[0] = new GapNote(from, cut, reason);
            else
                slices.Add(new GapNote(start, cut, reason));
            start = cut;
        }
        return slices;
    }

    private static uint ReasonAt(FrozenStream stream, IReadOnlyList<GapNote> client, ulong ms)
    {
        if (ms < stream.AddedMs || ms >= stream.LeftMs)
            return GapReason.Other;
        foreach (var note in client.Concat(stream.Notes.Reverse()))
            if (note.FromMs <= ms && ms < note.ToMs)
                return note.Reason;
        return GapReason.NeverReceived;
    }
}
