// At the start: ends exports that a process left half made when it died (case-package.md CP-34).
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Data;

namespace Moderation.Features.Legal;

public sealed class SweepStaging(IServiceScopeFactory scopes, ExportFailures failures, ILogger<SweepStaging> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            log.LogError("Looking for half-made exports failed with {Class}.", fault.GetType().FullName);
        }
    }

    public async Task RunAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        // A row that another process is working on is locked, and skipped.
        var left = await db
            .Exports.FromSql($"select *, xmin from exports where status = 'Staging' for update skip locked")
            .AsNoTracking()
            .ToListAsync(ct);
        var book = scope.ServiceProvider.GetRequiredService<CustodyBook>();
        foreach (var export in left)
        {
            // What was approved before the death stands before it in the custody record, also when the pump is behind.
            await book.CatchUpAsync(export.CaseId, ct);
            await failures.FailAsync(export.Id, "process_restart", ct);
        }
    }
}
