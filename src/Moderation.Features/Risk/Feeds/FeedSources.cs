// Where a list may come from: a folder, a file, a pinned package, a download, or this project itself.
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

public abstract record FeedSource
{
    /// <summary>A folder in the form of `data/risk`: offline sites and tests.</summary>
    public sealed record Folder(string Path) : FeedSource;

    /// <summary>One file of this machine, dated by its last change.</summary>
    public sealed record LocalFile(string Path) : FeedSource;

    /// <summary>One data file out of a package of the npm client, pinned by version and digest; no code of it runs.</summary>
    public sealed record Package(
        string Name,
        string Version,
        string Sha256,
        string Entry,
        DateTimeOffset PublishedAt,
        Func<byte[], byte[]> Convert
    ) : FeedSource;

    /// <summary>A download over https in the form of the list's file in `data/risk`.</summary>
    public sealed record Download(Uri Address) : FeedSource;

    /// <summary>A list that this project keeps and ships.</summary>
    public sealed record Own(string Resource, string Version, DateTimeOffset AsOf) : FeedSource;
}

/// <summary>A list's bytes on their way to the guards.</summary>
public sealed record FeedCandidate(byte[] Bytes, string Version, string Source, DateTimeOffset AsOf, string? Etag);

/// <summary>A list and what guards it. `MinRows` and `MaxRows` are those of risk.md 11 where it has them.</summary>
public sealed record Feed(
    string Name,
    string Licence,
    int MinRows,
    int MaxRows,
    TimeSpan StaleAfter,
    IReadOnlyList<FeedSource> FirstRun
)
{
    public string Path => RiskFiles.Paths[Name];
}
