// What a draft would send: which units of the frozen set, in which order, and the gaps that tell of the rest.
using Moderation.Evidence;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>One segment before it is sealed; <c>Unit</c> is set for what comes from the ring.</summary>
internal sealed record PlannedSegment(
    SegmentKind Kind,
    string Participant,
    uint Stream,
    ulong StartMs,
    uint DurationMs,
    uint Content,
    int Bytes,
    FrozenUnit? Unit = null,
    byte[]? Plaintext = null
);

/// <summary>What the reporter wrote or showed besides.</summary>
internal sealed record Addition(SegmentKind Kind, uint Content, byte[] Bytes);

internal sealed class DraftContent(FrozenUnits frozen, Roster roster, string reporter)
{
    private const uint RosterContent = 17;

    // A header is about one kilobyte; proofs and hashes of attested media are small beside their frames.
    private const int Surcharge = 16 * 1024;
    private readonly HashSet<UnitGroup> _excluded = [];
    private readonly byte[] _roster = roster.Between(frozen.FromMs, frozen.ToMs);

    public ulong WindowEndMs { get; } =
        frozen.Units.Count == 0 ? frozen.ToMs : Math.Max(frozen.ToMs, frozen.Units.Max(unit => unit.EndMs));

    /// <summary>The group that covers the start is kept, so a window may begin a little before it was asked for.</summary>
    public ulong WindowStartMs
    {
        get
        {
            var oldest = WindowEndMs - Math.Min(WindowEndMs, EvidenceLimits.Window);
            var fitting = frozen.Units.Where(unit => unit.Group.StartMs >= oldest).Select(unit => unit.StartMs);
            return Math.Min(frozen.FromMs, fitting.DefaultIfEmpty(frozen.FromMs).Min());
        }
    }

    public List<Addition> Additions { get; } = [];

    public void Exclude(Func<FrozenUnit, bool> which)
    {
        foreach (var unit in frozen.Units.Where(which))
            _excluded.Add(unit.Group);
    }

    /// <param name="unsendable">Units that cannot be made into a segment, with the reason of their gap.</param>
    public List<PlannedSegment> Plan(IReadOnlyDictionary<FrozenUnit, uint>? unsendable = null)
    {
        Dictionary<FrozenUnit, uint> left = [];
        foreach (var unit in frozen.Units)
            if (_excluded.Contains(unit.Group))
                left[unit] = GapReason.TakenOutByReporter;
            else if (unsendable is not null && unsendable.TryGetValue(unit, out var reason))
                left[unit] = reason;
            else if (unit.Group.StartMs < WindowStartMs)
                left[unit] = GapReason.EvictedForSpace;
        Trim(left);
        var sent = frozen.Units.Where(unit => !left.ContainsKey(unit)).ToHashSet();
        List<PlannedSegment> segments =
        [
            .. sent.OrderBy(unit => unit.StartMs)
                .ThenBy(unit => unit.Stream.Stream)
                .Select(unit => new PlannedSegment(
                    unit.Stream.Kind,
                    unit.Stream.Participant,
                    unit.Stream.Stream,
                    unit.StartMs,
                    unit.DurationMs,
                    unit.Content,
                    unit.Bytes,
                    unit
                )),
            .. Gaps.Find(frozen, sent, unit => left[unit], WindowStartMs, WindowEndMs)
                .Select(gap => new PlannedSegment(
                    SegmentKind.Gap,
                    gap.Participant,
                    gap.Stream,
                    gap.StartMs,
                    gap.DurationMs,
                    gap.Reason,
                    0
                )),
            .. Additions.Select(addition => Whole(addition.Kind, reporter, addition.Content, addition.Bytes)),
        ];
        if (segments.Count == 0)
            throw ModerationClientException.NothingToReport();
        if (_roster.Length > 0)
            segments.Add(Whole(SegmentKind.Roster, Gap.Nobody, RosterContent, _roster));
        return segments;
    }

    private PlannedSegment Whole(SegmentKind kind, string participant, uint content, byte[] bytes) =>
        new(
            kind,
            participant,
            0,
            WindowStartMs,
            (uint)(WindowEndMs - WindowStartMs),
            content,
            bytes.Length,
            Plaintext: bytes
        );

    // A bundle has at most 2,048 segments and 160 MiB: the oldest groups of video go first, as in the ring.
    private void Trim(Dictionary<FrozenUnit, uint> left)
    {
        var sent = frozen.Units.Where(unit => !left.ContainsKey(unit)).ToList();
        // Every unit that stays out may need a gap of its own.
        var segments = sent.Count + Additions.Count + frozen.Streams.Count + 64;
        var bytes = sent.Sum(Cost) + Additions.Sum(addition => (long)addition.Bytes.Length + Surcharge);
        if (segments <= EvidenceLimits.Segments && bytes <= EvidenceLimits.TotalCiphertext)
            return;
        foreach (
            var group in sent.GroupBy(unit => unit.Group).OrderBy(g => g.Key.Stream.Rank).ThenBy(g => g.Key.StartMs)
        )
        {
            if (segments <= EvidenceLimits.Segments && bytes <= EvidenceLimits.TotalCiphertext)
                return;
            foreach (var unit in group)
            {
                left[unit] = GapReason.EvictedForSpace;
                segments--;
                bytes -= Cost(unit);
            }
        }
    }

    private static long Cost(FrozenUnit unit) => Cobblestone256.CiphertextLength(unit.Bytes) + Surcharge;
}
