// What is recorded of every list that a refresh accepted, kept as `feeds.json` beside the lists (risk.md 11).
namespace Moderation.Features.Risk.Feeds;

/// <param name="Source">`folder:…`, `file:…`, `npm:package@version`, `own`, or the address of a download.</param>
/// <param name="AsOf">The moment the data speak for; staleness counts from here.</param>
/// <param name="By">Who refreshed it.</param>
/// <param name="Feed">The list's name in <see cref="Moderation.Domain.Risk.RiskFiles"/>.</param>
/// <param name="Version">As the source calls it.</param>
/// <param name="Sha256">Of the file in the cache, hex.</param>
/// <param name="Licence">SPDX id.</param>
/// <param name="Rows">Rows that parsed.</param>
/// <param name="Added">Rows that the last good list did not have.</param>
/// <param name="Removed">Rows that only the last good list had.</param>
/// <param name="FetchedAt">When it was taken.</param>
/// <param name="Etag">For the next If-None-Match.</param>
public sealed record FeedRecord(
    string Feed,
    string Version,
    string Source,
    string? Etag,
    string Sha256,
    string Licence,
    int Rows,
    int Added,
    int Removed,
    DateTimeOffset AsOf,
    DateTimeOffset FetchedAt,
    string By
);

public enum FeedState
{
    /// <summary>In use and young enough.</summary>
    Fresh,

    /// <summary>In use, older than its limit; Tor is unknown then.</summary>
    Stale,

    /// <summary>No source has it: its signals are unknown.</summary>
    Absent,
}

/// <summary>One line of the settings page: what is in use, and why the last refresh kept it.</summary>
public sealed record FeedStatus(string Feed, FeedState State, FeedRecord? Record, string? Refusal, int Failures);
