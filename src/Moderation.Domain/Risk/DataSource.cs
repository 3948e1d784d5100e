// One list inside a snapshot: its name, version and where it came from, so that every answer can be replayed.
namespace Moderation.Domain.Risk;

/// <summary>`AsOf` is the moment the data speak for: their own date, else when they were fetched; null if neither is known.</summary>
public sealed record DataSource(string Name, string Version, string Sha256, int Rows, DateTimeOffset? AsOf)
{
    /// <summary>`disposable-curated@2026-07-22`.</summary>
    public string Label { get; } = $"{Name}@{Version}";
}
