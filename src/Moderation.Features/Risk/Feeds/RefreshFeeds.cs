// Refreshes the lists: the first source that passes the guards replaces the last good one, any other outcome keeps it.
using System.Reflection;
using System.Text.Json;
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

public sealed class RefreshFeeds(RiskFeedOptions options, TimeProvider clock, HttpClient http)
{
    private const long MaxDownloadBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan DownloadLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LockWait = TimeSpan.FromMinutes(5);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    private readonly NpmPackages _packages = new(Path.Combine(options.Cache, "packages"));

    /// <summary>Lists of different origins are kept apart, so that a folder is used alone and never compared with packages.</summary>
    public RiskDataFolder Cache { get; } =
        new(
            Path.Combine(
                options.Cache,
                IsFolder(options) ? $"folder-{FeedGuards.Sha256(Utf8(options.Folder!))[..8]}" : "fetched"
            )
        );

    /// <summary>What is in the cache now, by list name.</summary>
    public Dictionary<string, FeedRecord> Records()
    {
        var text = Cache.Read(RiskFiles.Records);
        var records = text is null ? null : JsonSerializer.Deserialize<List<FeedRecord>>(text, Json);
        return (records ?? []).ToDictionary(r => r.Feed, StringComparer.Ordinal);
    }

    /// <summary>Tries every list once; the answer holds the refusal codes of those that were kept as they are.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RunAsync(string by, CancellationToken ct)
    {
        // Server and worker may be two processes on one data folder.
        await using var alone = await LockAsync(ct);
        var records = Records();
        var refusals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var feed in FeedCatalogue.All)
        {
            var (record, refusal) = await RefreshAsync(feed, records.GetValueOrDefault(feed.Name), by, ct);
            if (record is not null)
                records[feed.Name] = record;
            if (refusal is not null)
                refusals[feed.Name] = refusal;
            Cache.Write(
                RiskFiles.Records,
                JsonSerializer.SerializeToUtf8Bytes(records.Values.OrderBy(r => r.Feed, StringComparer.Ordinal), Json)
            );
        }
        return refusals;
    }

    private async Task<(FeedRecord? Record, string? Refusal)> RefreshAsync(
        Feed feed,
        FeedRecord? last,
        string by,
        CancellationToken ct
    )
    {
        string? refusal = null;
        foreach (var source in SourcesOf(feed))
        {
            var (candidate, problem) = await TakeAsync(feed, source, last, ct);
            if (problem is not null)
            {
                refusal = problem;
                continue;
            }
            var now = clock.GetUtcNow();
            if (candidate is null)
                return last is null ? (null, refusal) : (last with { FetchedAt = now, By = by }, null);
            var sha256 = FeedGuards.Sha256(candidate.Bytes);
            if (last is not null && last.Sha256 == sha256)
                return (
                    last with
                    {
                        FetchedAt = now,
                        AsOf = candidate.AsOf,
                        Version = candidate.Version,
                        Source = candidate.Source,
                        Etag = candidate.Etag,
                        By = by,
                    },
                    null
                );
            var verdict = FeedGuards.Judge(feed, candidate.Bytes, Cache.Read(feed.Path), Relays());
            if (verdict.Refusal is not null)
            {
                refusal = verdict.Refusal;
                continue;
            }
            Cache.Write(feed.Path, candidate.Bytes);
            return (
                new FeedRecord(
                    feed.Name,
                    candidate.Version,
                    candidate.Source,
                    candidate.Etag,
                    sha256,
                    feed.Licence,
                    verdict.Rows,
                    verdict.Added,
                    verdict.Removed,
                    candidate.AsOf,
                    now,
                    by
                ),
                null
            );
        }
        return (null, refusal);
    }

    private IEnumerable<FeedSource> SourcesOf(Feed feed) =>
        IsFolder(options)
            ? [new FeedSource.Folder(options.Folder!)]
            :
            [
                .. options.Urls.GetValueOrDefault(feed.Name, []).Select(url => new FeedSource.Download(new Uri(url))),
                .. feed.FirstRun.Where(source => options.Packages || source is not FeedSource.Package),
            ];

    // Neither a candidate nor a problem: the source has nothing newer than the last good list, or does not have the list at all.
    private async Task<(FeedCandidate? Candidate, string? Problem)> TakeAsync(
        Feed feed,
        FeedSource source,
        FeedRecord? last,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        switch (source)
        {
            case FeedSource.Folder folder:
                var from = new RiskDataFolder(folder.Path);
                if (from.Read(feed.Path) is not { } bytes)
                    return (null, null);
                var dated = RiskDataVersions.Read(from.Open).Of(feed.Name, FeedGuards.Sha256(bytes), 0);
                return (
                    new FeedCandidate(bytes, dated.Version, $"folder:{folder.Path}", dated.AsOf ?? now, null),
                    null
                );
            case FeedSource.LocalFile file:
                if (!File.Exists(file.Path))
                    return (null, "feed_file_missing");
                var changed = new DateTimeOffset(File.GetLastWriteTimeUtc(file.Path), TimeSpan.Zero);
                var content = await File.ReadAllBytesAsync(file.Path, ct);
                return (new FeedCandidate(content, $"{changed:yyyy-MM-dd}", $"file:{file.Path}", changed, null), null);
            case FeedSource.Own own:
                var text = OwnList(own.Resource);
                return (new FeedCandidate(text, own.Version, "own", own.AsOf, null), null);
            case FeedSource.Package package:
                var label = $"npm:{package.Name}@{package.Version}";
                // Pinned: once taken there is nothing newer.
                if (last?.Source == label && last.Version == package.Version)
                    return (null, null);
                var (data, refusal) = await _packages.ReadAsync(package, ct);
                return data is null
                    ? (null, refusal)
                    : (new FeedCandidate(data, package.Version, label, package.PublishedAt, null), null);
            case FeedSource.Download download:
                return await DownloadAsync(download.Address, last, ct);
            default:
                throw new InvalidOperationException($"{source} is no source");
        }
    }

    private async Task<(FeedCandidate?, string?)> DownloadAsync(Uri address, FeedRecord? last, CancellationToken ct)
    {
        if (address.Scheme != Uri.UriSchemeHttps)
            return (null, "feed_not_https");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(DownloadLimit);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (last?.Etag is { } etag && last.Source == address.ToString())
                request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.StatusCode == System.Net.HttpStatusCode.NotModified)
                return (null, null);
            if (!response.IsSuccessStatusCode)
                return (null, "feed_download_failed");
            await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
            if (await ReadAtMostAsync(body, limit.Token) is not { } bytes)
                return (null, "feed_too_large");
            var asOf = response.Content.Headers.LastModified ?? clock.GetUtcNow();
            return (
                new FeedCandidate(
                    bytes,
                    $"{asOf:yyyy-MM-dd}",
                    address.ToString(),
                    asOf,
                    response.Headers.ETag?.ToString()
                ),
                null
            );
        }
        catch (HttpRequestException)
        {
            return (null, "feed_download_failed");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (null, "feed_download_timeout");
        }
    }

    private static async Task<byte[]?> ReadAtMostAsync(Stream body, CancellationToken ct)
    {
        using var copy = new MemoryStream();
        var buffer = new byte[81_920];
        while (await body.ReadAsync(buffer, ct) is > 0 and var read)
        {
            if (copy.Length + read > MaxDownloadBytes)
                return null;
            copy.Write(buffer, 0, read);
        }
        return copy.ToArray();
    }

    private List<string> Relays()
    {
        if (Cache.Read(RiskFiles.Paths[RiskFiles.PrivacyRelay]) is not { } bytes)
            return [];
        using var text = RiskListText.Open(bytes);
        return RiskListText.RelayDomains(text).Rows;
    }

    private async Task<FileStream> LockAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(Cache.Path);
        var path = Path.Combine(Cache.Path, ".lock");
        var until = clock.GetUtcNow() + LockWait;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.GetUtcNow() < until)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock, ct);
            }
        }
    }

    private static byte[] OwnList(string name)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static bool IsFolder(RiskFeedOptions options) => !string.IsNullOrEmpty(options.Folder);

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
