// The public suffix list: where a host's suffix begins, in which section it stands, and which domain is registrable.
using System.Collections.Frozen;

namespace Moderation.Domain.Risk;

/// <summary>Offsets into the host: where its public suffix starts, and where its registrable domain starts. For a host
/// that is itself a suffix both are 0.</summary>
public readonly record struct SuffixMatch(int SuffixStart, int RegistrableStart, bool IsPrivate)
{
    public bool IsSuffixItself => SuffixStart == 0;
}

public sealed class PublicSuffixes
{
    [Flags]
    enum Rule : byte
    {
        Exact = 1,
        Wildcard = 2,
        Exception = 4,
        PrivateExact = 8,
        PrivateWildcard = 16,
    }

    readonly FrozenDictionary<string, Rule>.AlternateLookup<ReadOnlySpan<char>> rules;

    PublicSuffixes(Dictionary<string, Rule> rules, int count)
    {
        Count = count;
        this.rules = rules.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public int Count { get; }

    /// <summary>Reads the list's own text format; `malformed` counts the lines that are no rule.</summary>
    public static PublicSuffixes Parse(TextReader text, out int malformed)
    {
        var rules = new Dictionary<string, Rule>(StringComparer.Ordinal);
        var count = 0;
        malformed = 0;
        var inPrivateSection = false;
        while (text.ReadLine() is { } line)
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                if (line.Contains("===BEGIN PRIVATE DOMAINS===", StringComparison.Ordinal))
                    inPrivateSection = true;
                continue;
            }
            // "Each line is only read up to the first whitespace" (the list's format page).
            var end = line.AsSpan().IndexOfAny(' ', '\t');
            var rule = end < 0 ? line : line[..end];
            if (rule.Length == 0)
                continue;
            var kind =
                rule[0] == '!' ? Rule.Exception
                : rule.StartsWith("*.", StringComparison.Ordinal)
                    ? (inPrivateSection ? Rule.PrivateWildcard : Rule.Wildcard)
                : inPrivateSection ? Rule.PrivateExact
                : Rule.Exact;
            var name = kind switch
            {
                Rule.Exception => rule[1..],
                Rule.Wildcard or Rule.PrivateWildcard => rule[2..],
                _ => rule,
            };
            if (HostName.ToAscii(name) is not { } ascii)
            {
                malformed++;
                continue;
            }
            rules[ascii] = rules.GetValueOrDefault(ascii) | kind;
            count++;
        }
        return new PublicSuffixes(rules, count);
    }

    /// <summary>The prevailing rule: an exception, else the longest; without any, the last label (rule `*`).</summary>
    public SuffixMatch Find(ReadOnlySpan<char> host)
    {
        // Walks from the whole host to its last label, so that the first rule met is the longest one.
        var previous = -1;
        var beforePrevious = -1;
        for (var start = 0; ; )
        {
            if (rules.TryGetValue(host[start..], out var rule))
            {
                if (rule.HasFlag(Rule.Exception))
                    return At(host, start + host[start..].IndexOf('.') + 1, isPrivate: false);
                if (previous >= 0 && (rule & (Rule.Wildcard | Rule.PrivateWildcard)) != 0)
                    return new SuffixMatch(
                        previous,
                        beforePrevious >= 0 ? beforePrevious : previous,
                        rule.HasFlag(Rule.PrivateWildcard)
                    );
                if ((rule & (Rule.Exact | Rule.PrivateExact)) != 0)
                    return new SuffixMatch(
                        start,
                        previous >= 0 ? previous : start,
                        rule.HasFlag(Rule.PrivateExact) && !rule.HasFlag(Rule.Exact)
                    );
            }
            var dot = host[start..].IndexOf('.');
            if (dot < 0)
                return new SuffixMatch(start, previous >= 0 ? previous : start, IsPrivate: false);
            beforePrevious = previous;
            previous = start;
            start += dot + 1;
        }
    }

    public string Registrable(string host) => host[Find(host).RegistrableStart..];

    static SuffixMatch At(ReadOnlySpan<char> host, int suffixStart, bool isPrivate)
    {
        var registrable = host[..Math.Max(0, suffixStart - 1)].LastIndexOf('.') + 1;
        return new SuffixMatch(suffixStart, registrable, isPrivate);
    }
}
