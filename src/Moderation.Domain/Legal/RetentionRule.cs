// How long things are kept and holds last, as rows of a table with their source (legal-clocks.md LC-1, LC-2); no number is code.
using System.Globalization;
using System.Text.Json;

namespace Moderation.Domain.Legal;

/// <param name="Kind">`retention`: evidence is kept so long; `hold`: a hold on this basis lasts so long.</param>
/// <param name="Value">ISO 8601 duration of one unit, `P30D`, `P6M`, `P1Y`, `PT24H`; null for no end.</param>
/// <param name="Confidence">`solid`, `second-hand` or `check`.</param>
public sealed record RetentionRule(
    string Id,
    string Jurisdiction,
    string Kind,
    string? Value,
    string Citation,
    string SourceUrl,
    string Confidence,
    string ReviewedAt,
    string ReviewedByRole
)
{
    /// <summary>When a time of this length that began at <paramref name="start"/> ends. Hours are exact; days end at 24:00 UTC of
    /// the last one, the first not counted; months and years go by the calendar, to the last day of a shorter month.</summary>
    public DateTimeOffset? EndOf(DateTimeOffset start)
    {
        if (Value is null)
            return null;
        var utc = start.ToUniversalTime();
        var isHours = Value.StartsWith("PT", StringComparison.Ordinal);
        var number = int.Parse(Value.AsSpan(isHours ? 2 : 1)[..^1], NumberStyles.None, CultureInfo.InvariantCulture);
        return (isHours, Value[^1]) switch
        {
            (true, 'H') => utc.AddHours(number),
            (false, 'D') => new DateTimeOffset(utc.Date, TimeSpan.Zero).AddDays(number + 1),
            (false, 'M') => utc.AddMonths(number),
            (false, 'Y') => utc.AddYears(number),
            _ => throw new InvalidDataException($"{Id} has a duration of an unknown form."),
        };
    }
}

/// <summary>The table as this build has it; changing a row is a reviewed change of its file.</summary>
public static class RetentionRules
{
    private sealed record Table(string Version, List<RetentionRule> Rules);

    // Above the table, which is read with it.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private static readonly Table Read = ReadTable();

    /// <summary>Stands in each record of an evaluation (LC-6).</summary>
    public static string Version => Read.Version;

    public static IReadOnlyList<RetentionRule> All => Read.Rules;

    public static RetentionRule Of(string id) => All.Single(r => r.Id == id);

    public static RetentionRule? HoldOf(string id) => All.FirstOrDefault(r => r.Id == id && r.Kind == "hold");

    private static Table ReadTable()
    {
        using var stream = typeof(RetentionRules).Assembly.GetManifestResourceStream("retention-rules.json")!;
        return JsonSerializer.Deserialize<Table>(stream, Json)!;
    }
}
