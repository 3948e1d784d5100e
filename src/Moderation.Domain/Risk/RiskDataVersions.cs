// Finds the version and date of every list of a data folder, in its records or in the table of its README.
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Moderation.Domain.Risk;

public sealed partial class RiskDataVersions
{
    readonly Dictionary<string, (string Version, DateTimeOffset? AsOf)> byName = new(StringComparer.Ordinal);

    public static RiskDataVersions Read(Func<string, Stream?> open)
    {
        var versions = new RiskDataVersions();
        using (var records = open(RiskFiles.Records))
            if (records is not null)
            {
                versions.ReadRecords(records);
                return versions;
            }
        using (var readme = open(RiskFiles.Readme))
            if (readme is not null)
                versions.ReadReadme(new StreamReader(readme));
        return versions;
    }

    public DataSource Of(string name, string sha256, int rows) =>
        byName.TryGetValue(name, out var known)
            ? new DataSource(name, known.Version, sha256, rows, known.AsOf)
            : new DataSource(name, sha256[..12], sha256, rows, null);

    void ReadRecords(Stream records)
    {
        using var document = JsonDocument.Parse(records);
        foreach (var record in document.RootElement.EnumerateArray())
            byName[record.GetProperty("feed").GetString()!] = (
                record.GetProperty("version").GetString()!,
                record.GetProperty("as_of").GetDateTimeOffset()
            );
    }

    void ReadReadme(StreamReader readme)
    {
        while (readme.ReadLine() is { } line)
        {
            if (!line.StartsWith("| `", StringComparison.Ordinal))
                continue;
            // | File | Rows | Source and version | Date | Licence | Changes made |
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length < 6 || DateCell().Match(cells[4]) is not { Success: true } date)
                continue;
            foreach (var (name, path) in RiskFiles.Paths)
                if (cells[1].Contains($"`{path}`", StringComparison.Ordinal))
                    byName[name] = (date.Groups[1].Value, AsOf(date));
        }
    }

    static DateTimeOffset? AsOf(Match date)
    {
        var day = date.Groups[1].Value.Length == 7 ? $"{date.Groups[1].Value}-01" : date.Groups[1].Value;
        var time = date.Groups[2].Success ? date.Groups[2].Value : "00:00";
        return DateTimeOffset.TryParseExact(
            $"{day} {time}",
            "yyyy-MM-dd HH:mm",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var asOf
        )
            ? asOf
            : null;
    }

    [GeneratedRegex(@"^(\d{4}-\d{2}(?:-\d{2})?)(?: (\d{2}:\d{2}))?")]
    private static partial Regex DateCell();
}
