// A list of mail domains that is asked with slices of a host name, without allocating.
using System.Collections.Frozen;

namespace Moderation.Domain.Risk;

public sealed class DomainSet
{
    readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    public DomainSet(IEnumerable<string> domains)
    {
        var set = domains.ToFrozenSet(StringComparer.Ordinal);
        Count = set.Count;
        lookup = set.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count { get; }

    public bool Contains(ReadOnlySpan<char> domain) => lookup.Contains(domain);

    /// <summary>The host or the nearest of its parents, by whole labels, down to the one that starts at
    /// <paramref name="lastStart"/> (the registrable domain) and never above; null where none is in the set.</summary>
    public string? Match(ReadOnlySpan<char> host, int lastStart)
    {
        for (var start = 0; start <= lastStart; )
        {
            if (lookup.TryGetValue(host[start..], out var matched))
                return matched;
            var dot = host[start..].IndexOf('.');
            if (dot < 0)
                return null;
            start += dot + 1;
        }
        return null;
    }
}
