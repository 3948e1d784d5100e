// The catalogue of signals, read from `signals.json`: ids never change their meaning.
using System.Security.Cryptography;
using System.Text.Json;

namespace Moderation.Domain.Risk;

/// <summary>One column of the score card: the value itself, or 1 where the feature `Of` lies in the bin.</summary>
public sealed record SignalColumn(string Id, string? Of, double? AtLeast, double? AtMost, double? Below)
{
    public double ValueOf(double feature) =>
        AtLeast is null && AtMost is null && Below is null ? Math.Clamp(feature, 0, 1)
        : feature >= (AtLeast ?? double.MinValue)
        && feature <= (AtMost ?? double.MaxValue)
        && feature < (Below ?? double.PositiveInfinity)
            ? 1
        : 0;
}

/// <summary>A signal as risk.md 2.1 defines it. Durations are measured in hours.</summary>
public sealed record Signal(
    string Id,
    string Group,
    string Type,
    string? HalfLife,
    string UnknownWhen,
    string MayBeWrong,
    string UserCode,
    IReadOnlyList<SignalColumn> Columns
)
{
    public double? HalfLifeHours { get; } =
        HalfLife switch
        {
            null => null,
            [.. var days, 'd'] => 24 * double.Parse(days, System.Globalization.CultureInfo.InvariantCulture),
            [.. var hours, 'h'] => double.Parse(hours, System.Globalization.CultureInfo.InvariantCulture),
            _ => throw new InvalidDataException($"{Id}: {HalfLife} is no duration"),
        };

    public string FeatureOf(SignalColumn column) => column.Of ?? Id;
}

public static class SignalCatalogue
{
    static readonly byte[] Text = EmbeddedText.Read("signals.json");

    public static IReadOnlyList<Signal> All { get; } =
        JsonSerializer.Deserialize<List<Signal>>(Text, EmbeddedText.Json)!;

    public static string Hash { get; } = Convert.ToHexStringLower(SHA256.HashData(Text));

    public static IReadOnlyDictionary<string, Signal> ById { get; } =
        All.ToDictionary(s => s.Id, StringComparer.Ordinal);
}
