// Scores the accounts of open cases again whenever other lists are in use, the first ones included.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Features.Risk.Feeds;

namespace Moderation.Features.Risk;

public sealed class RescoreOpenCases(
    IServiceScopeFactory scopes,
    RiskData data,
    TimeProvider clock,
    ILogger<RescoreOpenCases> log
) : BackgroundService
{
    /// <summary>Version of the lists that every open case has been scored with; null before the first time.</summary>
    public string? Scored { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), clock);
        do
        {
            var version = data.Current?.DataVersion;
            if (version is null || version == Scored)
                continue;
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<ScoreAccounts>().RunForOpenCasesAsync(stoppingToken);
                Scored = version;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError("Scoring open cases anew failed: {Fault}; it is tried again", fault.GetType().Name);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
