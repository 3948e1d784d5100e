// Looks a value up by IPv6 address: an index on the top 16 bits, then a binary search over full 128-bit starts (risk.md 12).
namespace Moderation.Domain.Risk;

public sealed class Ipv6Table<TValue>
{
    readonly int[] index = new int[65_537];
    readonly UInt128[] starts;
    readonly TValue[] values;

    /// <summary>Boundaries are sorted, the first one starts at ::.</summary>
    public Ipv6Table(IReadOnlyList<Boundary<UInt128, TValue>> boundaries)
    {
        if (boundaries.Count == 0 || boundaries[0].Start != 0)
            throw new ArgumentException("The first boundary must be ::", nameof(boundaries));
        starts = new UInt128[boundaries.Count];
        values = new TValue[boundaries.Count];
        var slot = 0;
        for (var i = 0; i < boundaries.Count; i++)
        {
            var upper = (int)(boundaries[i].Start >> 112);
            while (slot <= upper)
                index[slot++] = i;
            starts[i] = boundaries[i].Start;
            values[i] = boundaries[i].Value;
        }
        while (slot < index.Length)
            index[slot++] = boundaries.Count;
    }

    public int Boundaries => values.Length;

    public TValue this[UInt128 address]
    {
        get
        {
            var upper = (int)(address >> 112);
            var from = index[upper];
            var to = index[upper + 1];
            while (from < to)
            {
                var middle = (from + to) >>> 1;
                if (starts[middle] <= address)
                    from = middle + 1;
                else
                    to = middle;
            }
            return values[from - 1];
        }
    }
}
