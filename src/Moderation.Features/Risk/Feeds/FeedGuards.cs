// Decides whether a list may replace the last good one: it parses, has a plausible size, and no canary sings (risk.md 11).
using System.Security.Cryptography;
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

/// <summary>Either a refusal with a stable code, or the counts for the record.</summary>
public readonly record struct FeedVerdict(string? Refusal, int Rows, int Added, int Removed)
{
    public static FeedVerdict Refuse(string code) => new(code, 0, 0, 0);
}

public static class FeedGuards
{
    private static readonly string[] OrdinaryMail = ["gmail.com", "outlook.com", "icloud.com"];

    /// <summary>Network tables this long are compared by count alone.</summary>
    private const int ComparedRows = 200_000;

    /// <param name="feed">The list that is refreshed.</param>
    /// <param name="bytes">The new list.</param>
    /// <param name="lastGood">The list in use, if any.</param>
    /// <param name="relays">The relay domains in use: no throwaway list may name one.</param>
    public static FeedVerdict Judge(Feed feed, byte[] bytes, byte[]? lastGood, IReadOnlyCollection<string> relays)
    {
        HashSet<string>? rows;
        int count;
        try
        {
            (count, var malformed) = Count(feed.Name, bytes);
            if (malformed * 1000L > count + malformed)
                return FeedVerdict.Refuse("feed_malformed");
        }
        catch (InvalidDataException)
        {
            return FeedVerdict.Refuse("feed_malformed");
        }
        if (count < feed.MinRows)
            return FeedVerdict.Refuse("feed_too_short");
        if (count > feed.MaxRows)
            return FeedVerdict.Refuse("feed_too_long");
        rows = count <= ComparedRows ? RowsOf(bytes) : null;
        if (rows is not null && Canary(feed.Name, rows, relays) is { } canary)
            return FeedVerdict.Refuse(canary);
        if (feed.Name == RiskFiles.HostingV4 && AddressesOf(bytes) is < 250_000_000 or > 450_000_000)
            return FeedVerdict.Refuse("feed_implausible");
        return Compare(count, rows, lastGood, feed.Name);
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static FeedVerdict Compare(int count, HashSet<string>? rows, byte[]? lastGood, string name)
    {
        if (lastGood is null)
            return new FeedVerdict(null, count, count, 0);
        var before = rows is null ? null : RowsOf(lastGood);
        var beforeCount = before?.Count ?? Count(name, lastGood).Rows;
        var added = before is null ? Math.Max(0, count - beforeCount) : rows!.Count(r => !before.Contains(r));
        var removed = before is null ? Math.Max(0, beforeCount - count) : before.Count(r => !rows!.Contains(r));
        if (removed > beforeCount * 0.2)
            return FeedVerdict.Refuse("feed_shrank");
        if (added > beforeCount * 0.6)
            return FeedVerdict.Refuse("feed_grew");
        return new FeedVerdict(null, count, added, removed);
    }

    // The aggregate list is known to hold three relays; the relay class wins over it, so only the curated one is held to that.
    private static string? Canary(string name, HashSet<string> rows, IReadOnlyCollection<string> relays) =>
        name switch
        {
            RiskFiles.Curated when !rows.Contains("mailinator.com") => "feed_canary_missing",
            RiskFiles.Curated when relays.Any(rows.Contains) => "feed_canary_found",
            RiskFiles.Curated or RiskFiles.Aggregate when OrdinaryMail.Any(rows.Contains) => "feed_canary_found",
            RiskFiles.FreeMail when !rows.Contains("gmail.com") => "feed_canary_missing",
            // One row this wide would call a continent a VPN.
            RiskFiles.VpnV4
            or RiskFiles.HostingV4
            or RiskFiles.TorExits
            or RiskFiles.AppleRelay
                when rows.Any(r => PrefixOf(r) < (r.Contains(':', StringComparison.Ordinal) ? 16 : 9)) =>
                "feed_implausible",
            _ => null,
        };

    private static (int Rows, int Malformed) Count(string name, byte[] bytes)
    {
        using var text = RiskListText.Open(bytes);
        switch (name)
        {
            case RiskFiles.Curated or RiskFiles.Aggregate or RiskFiles.FreeMail:
                return Of(RiskListText.Domains(text));
            case RiskFiles.PrivacyRelay:
                return Of(RiskListText.RelayDomains(text));
            case RiskFiles.RoleAccounts:
                return Of(RiskListText.Roles(text));
            case RiskFiles.PublicSuffixList:
                return (PublicSuffixes.Parse(text, out var malformed).Count, malformed);
            case RiskFiles.VpnAsn or RiskFiles.HostingAsn or RiskFiles.RentedServersAsn:
                return Of(RiskListText.NetworkNumbers(text));
            case RiskFiles.AsnV4 or RiskFiles.AsnV6:
                return Of(RiskListText.NetworkTable(text));
            case RiskFiles.AsnNames:
                return Of(RiskListText.NetworkNames(text));
            default:
                return Of(RiskListText.Networks(text));
        }

        static (int, int) Of<T>(ParsedList<T> list) => (list.Rows.Count, list.Malformed);
    }

    public static HashSet<string> RowsOf(byte[] bytes)
    {
        var rows = new HashSet<string>(StringComparer.Ordinal);
        using var text = RiskListText.Open(bytes);
        while (text.ReadLine() is { } line)
            if (line.Length > 0)
                rows.Add(line);
        return rows;
    }

    private static long AddressesOf(byte[] bytes)
    {
        using var text = RiskListText.Open(bytes);
        return RiskListText.Networks(text).Rows.Sum(r => (long)(r.Last - r.First) + 1);
    }

    private static int PrefixOf(string row) =>
        row.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash
        && int.TryParse(row.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture, out var prefix)
            ? prefix
            : 128;
}
