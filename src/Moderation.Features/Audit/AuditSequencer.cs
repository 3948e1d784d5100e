// Keeps the log going: appends what waits, signs a checkpoint when one is due. Several processes may run it; one at a time works.
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Moderation.Features.Audit;

public sealed class AuditSequencer(IServiceScopeFactory scopes, TimeProvider clock, ILogger<AuditSequencer> log)
    : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _pauseAfterFault = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = _pause;
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var appended = await scope.ServiceProvider.GetRequiredService<AppendEvents>().RunAsync(stoppingToken);
                await scope.ServiceProvider.GetRequiredService<SignCheckpoint>().RunAsync(stoppingToken);
                if (appended == AppendEvents.BatchSize)
                    continue;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Nothing is lost: the events wait in the database, and readiness says for how long.
                log.LogError(
                    "The audit log failed with {ErrorClass}; it goes on.",
                    e.GetBaseException().GetType().Name
                );
                pause = _pauseAfterFault;
            }
            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
