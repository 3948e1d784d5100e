// Parses the text of each kind of list strictly, counting the lines that are none.
using System.Globalization;
using System.IO.Compression;

namespace Moderation.Domain.Risk;

/// <summary>Parsed rows, and how many lines were not rows.</summary>
public sealed record ParsedList<T>(List<T> Rows, int Malformed)
{
    /// <summary>risk.md 11: a file fails if more than 0.1 % of its lines do not parse.</summary>
    public bool IsSound => Malformed * 1000L <= Rows.Count + Malformed && Rows.Count > 0;
}

public static class RiskListText
{
    public static ParsedList<string> Domains(TextReader text) =>
        Lines(text, static line => HostName.ToAscii(line) is { } host && host.Contains('.') ? host : null);

    /// <summary>`domain,service` under a header line.</summary>
    public static ParsedList<string> RelayDomains(TextReader text)
    {
        if (text.ReadLine()?.Trim() != "domain,service")
            return new ParsedList<string>([], 1);
        return Lines(
            text,
            static line =>
                line.Split(',') is [var domain, _] && HostName.ToAscii(domain) is { } host && host.Contains('.')
                    ? host
                    : null
        );
    }

    public static ParsedList<string> Roles(TextReader text) =>
        Lines(
            text,
            static line =>
                line.Length <= 64
                && line.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '&' or '\'')
                    ? line.ToLowerInvariant()
                    : null
        );

    public static ParsedList<AddressRange<UInt128, bool>> Networks(TextReader text) =>
        Lines<AddressRange<UInt128, bool>>(
            text,
            static line =>
                AddressText.TryParseNetwork(line, out var first, out var last, out var isIpv4)
                    ? new AddressRange<UInt128, bool>(first, last, isIpv4)
                    : null
        );

    /// <summary>`AS64496 # comment`.</summary>
    public static ParsedList<int> NetworkNumbers(TextReader text) =>
        Lines<int>(
            text,
            static line =>
            {
                var number = line.AsSpan(0, line.IndexOf('#') is >= 0 and var hash ? hash : line.Length).Trim();
                return
                    number.StartsWith("AS", StringComparison.OrdinalIgnoreCase)
                    && TryParseNumber(number[2..], out var asn)
                    ? asn
                    : null;
            }
        );

    /// <summary>`first,last,asn`.</summary>
    public static ParsedList<AddressRange<UInt128, int>> NetworkTable(TextReader text) =>
        Lines<AddressRange<UInt128, int>>(
            text,
            static line =>
            {
                var cells = line.AsSpan();
                Span<Range> parts = stackalloc Range[4];
                if (cells.Split(parts, ',') != 3)
                    return null;
                return
                    TryParseAddress(cells[parts[0]], out var first)
                    && TryParseAddress(cells[parts[1]], out var last)
                    && first <= last
                    && TryParseNumber(cells[parts[2]], out var asn)
                    ? new AddressRange<UInt128, int>(first, last, asn)
                    : null;
            }
        );

    /// <summary>`asn,name`, the name in quotes where it holds a comma or a quote.</summary>
    public static ParsedList<KeyValuePair<int, string>> NetworkNames(TextReader text) =>
        Lines<KeyValuePair<int, string>>(
            text,
            static line =>
            {
                var comma = line.IndexOf(',');
                if (comma < 1 || !TryParseNumber(line.AsSpan(0, comma), out var asn))
                    return null;
                var name = line[(comma + 1)..];
                if (name is ['"', .. var quoted, '"'])
                    name = quoted.Replace("\"\"", "\"", StringComparison.Ordinal);
                return KeyValuePair.Create(asn, name);
            }
        );

    /// <summary>A reader over a list's bytes, unpacking gzip.</summary>
    public static StreamReader Open(byte[] bytes)
    {
        Stream stream = new MemoryStream(bytes, writable: false);
        if (bytes is [0x1f, 0x8b, ..])
            stream = new GZipStream(stream, CompressionMode.Decompress);
        return new StreamReader(stream, bufferSize: 64 * 1024);
    }

    static ParsedList<string> Lines(TextReader text, Func<string, string?> parse)
    {
        var rows = new List<string>();
        var malformed = 0;
        while (text.ReadLine() is { } line)
        {
            if (line.Length == 0)
                continue;
            if (parse(line) is { } row)
                rows.Add(row);
            else
                malformed++;
        }
        return new ParsedList<string>(rows, malformed);
    }

    static ParsedList<T> Lines<T>(TextReader text, Func<string, T?> parse)
        where T : struct
    {
        var rows = new List<T>();
        var malformed = 0;
        while (text.ReadLine() is { } line)
        {
            if (line.Length == 0)
                continue;
            if (parse(line) is { } row)
                rows.Add(row);
            else
                malformed++;
        }
        return new ParsedList<T>(rows, malformed);
    }

    static bool TryParseAddress(ReadOnlySpan<char> text, out UInt128 value)
    {
        if (text.Contains(':'))
            return AddressText.TryParseIpv6(text, out value);
        var parsed = AddressText.TryParseIpv4(text, out var ipv4);
        value = ipv4;
        return parsed;
    }

    // Numbers above int.MaxValue exist (4-byte AS numbers); they are kept as their bit pattern.
    static bool TryParseNumber(ReadOnlySpan<char> text, out int asn)
    {
        var parsed = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        asn = unchecked((int)number);
        return parsed;
    }
}
