// Holds the lists in use: one reference that a refresh swaps and every look-up reads once.
using Microsoft.Extensions.Logging;
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

public sealed class RiskData(RefreshFeeds refresh, RiskFeedOptions options, TimeProvider clock, ILogger<RiskData> log)
    : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly Dictionary<string, int> _failures = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, string> _refusals = new Dictionary<string, string>();
    private RiskSnapshot? _current;

    /// <summary>Null until the first lists are there: their signals are unknown then.</summary>
    public RiskSnapshot? Current => Volatile.Read(ref _current);

    /// <summary>Takes what an earlier run left in the cache, without asking any source.</summary>
    public void LoadLastGood()
    {
        if (refresh.Records().Count > 0)
            Swap();
    }

    /// <summary>Asks every source once, then swaps the snapshot if any list changed.</summary>
    public async Task RefreshAsync(string by, CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            var refusals = await refresh.RunAsync(by, ct);
            foreach (var feed in FeedCatalogue.All)
                _failures[feed.Name] = refusals.ContainsKey(feed.Name) ? _failures.GetValueOrDefault(feed.Name) + 1 : 0;
            _refusals = refusals;
            foreach (var (feed, code) in refusals)
                log.LogWarning("Feed {Feed} keeps its last good list: {Code}", feed, code);
            Swap();
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>For the settings page: every list with what is in use and why it is not newer.</summary>
    public IReadOnlyList<FeedStatus> Status()
    {
        var now = clock.GetUtcNow();
        var sources = Current?.Sources;
        var records = refresh.Records();
        return
        [
            .. FeedCatalogue.All.Select(feed =>
            {
                var record = records.GetValueOrDefault(feed.Name);
                var asOf = sources?.GetValueOrDefault(feed.Name)?.AsOf ?? record?.AsOf;
                var state =
                    record is null ? FeedState.Absent
                    : now - asOf > feed.StaleAfter ? FeedState.Stale
                    : FeedState.Fresh;
                return new FeedStatus(
                    feed.Name,
                    state,
                    record,
                    _refusals.GetValueOrDefault(feed.Name),
                    _failures.GetValueOrDefault(feed.Name)
                );
            }),
        ];
    }

    public void Dispose() => _oneAtATime.Dispose();

    private void Swap()
    {
        var next = refresh.Cache.Snapshot(options.Frozen ? clock.GetUtcNow() : null);
        var before = Current;
        // The frozen date is part of the snapshot, so it is swapped even where no list changed.
        if (before?.DataVersion == next.DataVersion && !options.Frozen)
            return;
        Volatile.Write(ref _current, next);
        if (before?.DataVersion != next.DataVersion)
            log.LogInformation("Lists {Version} in use, {Count} of them", next.DataVersion[..12], next.Sources.Count);
    }
}
