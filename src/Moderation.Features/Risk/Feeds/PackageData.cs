// Turns the data files of the pinned packages into the text form of our lists; reads them as text, runs nothing.
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Moderation.Features.Risk.Feeds;

public static partial class PackageData
{
    // The package mixes in places, years and brands, none of which is a role (risk.md 11: "trim it").
    private static readonly HashSet<string> NoRoles = new(StringComparer.Ordinal)
    {
        "berlin",
        "boston",
        "chicago",
        "china",
        "denver",
        "europe",
        "facebook",
        "france",
        "india",
        "nyc",
        "paris",
        "random",
        "seattle",
        "singapore",
        "sydney",
        "twitter",
        "usa",
    };

    /// <summary>`["a.com", …]` → a domain a line.</summary>
    public static byte[] DomainsOfJsonArray(byte[] json) => Lines(JsonSerializer.Deserialize<List<string>>(json) ?? []);

    /// <summary>The quoted words of the script's arrays, without years, abbreviations and places.</summary>
    public static byte[] RolesOfScriptText(byte[] script) =>
        Lines(
            QuotedWord()
                .Matches(Encoding.UTF8.GetString(script))
                .Select(m => m.Groups[1].Value.ToLowerInvariant())
                .Where(word => word.Length > 2 && !word.All(char.IsAsciiDigit) && !NoRoles.Contains(word))
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );

    /// <summary>`first,last,asn,name` → gzip of `first,last,asn`.</summary>
    public static byte[] NetworkTable(byte[] csv)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var lines = new StreamReader(new MemoryStream(csv)))
        using (var text = new StreamWriter(gzip, new UTF8Encoding(false)))
        {
            text.NewLine = "\n";
            while (lines.ReadLine() is { } line)
            {
                var number = line.IndexOf(',', line.IndexOf(',') + 1) + 1;
                var end = number == 0 ? -1 : line.IndexOf(',', number);
                text.WriteLine(end < 0 ? line.AsSpan() : line.AsSpan(0, end));
            }
        }
        return packed.ToArray();
    }

    private static byte[] Lines(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

    [GeneratedRegex(@"^\s*'([^'\\]+)',?\s*$", RegexOptions.Multiline)]
    private static partial Regex QuotedWord();
}
