// Loads the last good lists when the server starts and refreshes them from then on, never in the way of starting.
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

public sealed class KeepFeedsFresh(
    RiskData data,
    RiskFeedOptions options,
    TimeProvider clock,
    ILogger<KeepFeedsFresh> log
) : BackgroundService
{
    // risk.md 11: Tor hourly, the throwaway lists daily. One rhythm serves all: what has not changed costs one question.
    private TimeSpan Rhythm =>
        options.Urls.ContainsKey(RiskFiles.TorExits) ? TimeSpan.FromHours(1) : TimeSpan.FromHours(24);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Starting goes on at the first await; reading half a million rows must not be before it.
        await Task.Yield();
        Try(data.LoadLastGood);
        while (options.Refresh && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await data.RefreshAsync("server", stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // A full disk or a broken cache must not end the server; the last good lists serve on.
                log.LogError(fault, "Refreshing the lists failed");
            }
            await Task.Delay(data.Current is null ? TimeSpan.FromMinutes(15) : Rhythm, clock, stoppingToken);
        }
    }

    private void Try(Action load)
    {
        try
        {
            load();
        }
        catch (Exception fault)
        {
            log.LogError(fault, "The cached lists cannot be read; waiting for a refresh");
        }
    }
}
