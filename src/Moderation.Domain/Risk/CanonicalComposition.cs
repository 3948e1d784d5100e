// Normalisation form C (UAX 15); the runtime's own does nothing under InvariantGlobalization.
namespace Moderation.Domain.Risk;

static class CanonicalComposition
{
    const int SBase = 0xAC00;
    const int LBase = 0x1100;
    const int VBase = 0x1161;
    const int TBase = 0x11A7;
    const int LCount = 19;
    const int VCount = 21;
    const int TCount = 28;
    const int SCount = LCount * VCount * TCount;

    public static List<int> Compose(List<int> text)
    {
        var table = IdnaTable.Instance;
        var parts = new List<int>(text.Count + 8);
        foreach (var cp in text)
            Decompose(cp, parts, table);
        Order(parts, table);
        var output = new List<int>(parts.Count);
        var starter = -1;
        var lastClass = 0;
        foreach (var cp in parts)
        {
            var combining = table.CombiningClassOf(cp);
            // A mark joins the last starter unless one of the same or a higher class stands between.
            if (
                starter >= 0
                && (lastClass < combining || (lastClass == 0 && starter == output.Count - 1))
                && Pair(output[starter], cp, table) is { } composed
            )
            {
                output[starter] = composed;
                continue;
            }
            if (combining == 0)
                starter = output.Count;
            lastClass = combining;
            output.Add(cp);
        }
        return output;
    }

    static void Decompose(int cp, List<int> parts, IdnaTable table)
    {
        if (cp is >= SBase and < SBase + SCount)
        {
            var s = cp - SBase;
            parts.Add(LBase + s / (VCount * TCount));
            parts.Add(VBase + s % (VCount * TCount) / TCount);
            if (s % TCount != 0)
                parts.Add(TBase + s % TCount);
            return;
        }
        if (!table.TryDecompose(cp, out var pair))
        {
            parts.Add(cp);
            return;
        }
        Decompose(pair.First, parts, table);
        if (pair.Second != 0)
            Decompose(pair.Second, parts, table);
    }

    // Marks in a row are sorted by class, stably.
    static void Order(List<int> parts, IdnaTable table)
    {
        for (var i = 1; i < parts.Count; i++)
        {
            var combining = table.CombiningClassOf(parts[i]);
            for (var j = i; combining != 0 && j > 0 && table.CombiningClassOf(parts[j - 1]) > combining; j--)
                (parts[j - 1], parts[j]) = (parts[j], parts[j - 1]);
        }
    }

    static int? Pair(int first, int second, IdnaTable table)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((first - LBase) * VCount + (second - VBase)) * TCount;
        var s = first - SBase;
        if (s is >= 0 and < SCount && s % TCount == 0 && second is > TBase and < TBase + TCount)
            return first + (second - TBase);
        return table.TryCompose(first, second, out var composed) ? composed : null;
    }
}
