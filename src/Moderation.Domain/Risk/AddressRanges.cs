// Turns overlapping address ranges into the sorted boundaries that the look-up tables are built from.
using System.Numerics;

namespace Moderation.Domain.Risk;

public readonly record struct AddressRange<TAddress, TValue>(TAddress First, TAddress Last, TValue Value);

public readonly record struct Boundary<TAddress, TValue>(TAddress Start, TValue Value);

public static class AddressRanges
{
    /// <summary>Flags of overlapping ranges are united; boundaries start at the lowest address, gaps have no flag.</summary>
    public static List<Boundary<TAddress, AddressClasses>> Unite<TAddress>(
        IReadOnlyCollection<AddressRange<TAddress, AddressClasses>> ranges
    )
        where TAddress : struct, IBinaryInteger<TAddress>, IMinMaxValue<TAddress>
    {
        // +1 at the first address and −1 after the last one, per flag; the sums along the way are the flags in force.
        var edges = new List<(TAddress At, int Change, AddressClasses Flags)>(ranges.Count * 2);
        foreach (var range in ranges)
        {
            edges.Add((range.First, 1, range.Value));
            if (range.Last != TAddress.MaxValue)
                edges.Add((range.Last + TAddress.One, -1, range.Value));
        }
        edges.Sort((a, b) => a.At.CompareTo(b.At));
        var open = new int[8];
        var boundaries = new List<Boundary<TAddress, AddressClasses>> { new(TAddress.MinValue, AddressClasses.None) };
        for (var i = 0; i < edges.Count; )
        {
            var at = edges[i].At;
            for (; i < edges.Count && edges[i].At == at; i++)
            for (var bit = 0; bit < 8; bit++)
                if (((int)edges[i].Flags & (1 << bit)) != 0)
                    open[bit] += edges[i].Change;
            var flags = AddressClasses.None;
            for (var bit = 0; bit < 8; bit++)
                if (open[bit] > 0)
                    flags |= (AddressClasses)(1 << bit);
            Append(boundaries, at, Subtract(flags));
        }
        return boundaries;
    }

    /// <summary>Network numbers: where two ranges overlap, the one that starts later (the more specific) is right.</summary>
    public static List<Boundary<TAddress, int>> Nest<TAddress>(List<AddressRange<TAddress, int>> ranges)
        where TAddress : struct, IBinaryInteger<TAddress>, IMinMaxValue<TAddress>
    {
        ranges.Sort((a, b) => a.First.CompareTo(b.First) is not 0 and var order ? order : b.Last.CompareTo(a.Last));
        var boundaries = new List<Boundary<TAddress, int>>(ranges.Count * 2) { new(TAddress.MinValue, 0) };
        var enclosing = new Stack<AddressRange<TAddress, int>>();
        foreach (var range in ranges)
        {
            CloseBefore(range.First);
            Append(boundaries, range.First, range.Value);
            enclosing.Push(range);
        }
        while (enclosing.Count > 0)
            CloseTop();
        return boundaries;

        void CloseBefore(TAddress address)
        {
            while (enclosing.TryPeek(out var top) && top.Last < address)
                CloseTop();
        }

        void CloseTop()
        {
            var ended = enclosing.Pop();
            if (ended.Last == TAddress.MaxValue)
                return;
            var next = ended.Last + TAddress.One;
            while (enclosing.TryPeek(out var outer) && outer.Last < next)
                enclosing.Pop();
            Append(boundaries, next, enclosing.TryPeek(out var still) ? still.Value : 0);
        }
    }

    // Apple's relay ranges stand in the VPN and datacentre lists; they are taken out here, once, not at look-up (risk.md 12).
    static AddressClasses Subtract(AddressClasses flags) =>
        flags.HasFlag(AddressClasses.AppleRelay) ? flags & ~(AddressClasses.Vpn | AddressClasses.Hosting) : flags;

    static void Append<TAddress, TValue>(List<Boundary<TAddress, TValue>> boundaries, TAddress at, TValue value)
        where TAddress : struct, IBinaryInteger<TAddress>
    {
        if (boundaries[^1].Start == at)
            boundaries.RemoveAt(boundaries.Count - 1);
        if (boundaries.Count == 0 || !EqualityComparer<TValue>.Default.Equals(boundaries[^1].Value, value))
            boundaries.Add(new Boundary<TAddress, TValue>(at, value));
    }
}
