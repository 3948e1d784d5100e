// Looks a value up by IPv4 address in constant memory hops, DXR style (risk.md 12).
namespace Moderation.Domain.Risk;

public sealed class Ipv4Table<TValue>
{
    readonly int[] index = new int[65_537];
    readonly ushort[] low;
    readonly TValue[] values;

    /// <summary>Boundaries are sorted, the first one starts at 0.0.0.0.</summary>
    public Ipv4Table(IReadOnlyList<Boundary<uint, TValue>> boundaries)
    {
        if (boundaries.Count == 0 || boundaries[0].Start != 0)
            throw new ArgumentException("The first boundary must be 0.0.0.0", nameof(boundaries));
        low = new ushort[boundaries.Count];
        values = new TValue[boundaries.Count];
        var slot = 0;
        for (var i = 0; i < boundaries.Count; i++)
        {
            var upper = (int)(boundaries[i].Start >> 16);
            while (slot <= upper)
                index[slot++] = i;
            low[i] = (ushort)boundaries[i].Start;
            values[i] = boundaries[i].Value;
        }
        while (slot < index.Length)
            index[slot++] = boundaries.Count;
    }

    public int Boundaries => values.Length;

    public TValue this[uint address]
    {
        get
        {
            var upper = (int)(address >> 16);
            var from = index[upper];
            var to = index[upper + 1];
            var key = (ushort)address;
            // Ends on the last boundary of the slot that is not above the key, or on the one before the slot.
            while (from < to)
            {
                var middle = (from + to) >>> 1;
                if (low[middle] <= key)
                    from = middle + 1;
                else
                    to = middle;
            }
            return values[from - 1];
        }
    }
}
