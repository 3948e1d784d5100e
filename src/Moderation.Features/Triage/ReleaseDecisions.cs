// Lets decisions go whose time to undo is over, several times a second in every worker; each leaves once, whoever looks.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Data;
using Moderation.Domain.Cases;

namespace Moderation.Features.Triage;

public sealed class ReleaseDecisions(IServiceScopeFactory scopes, TimeProvider clock, ILogger<ReleaseDecisions> log)
    : BackgroundService
{
    private const int RoundsASweep = 30;
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(300);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_poll, clock);
        var round = 0;
        do
        {
            await TryAsync<Due>((due, ct) => due.RunAsync(ct), stoppingToken);
            await TryAsync<DueAppeals>((appeals, ct) => appeals.RunAsync(ct), stoppingToken);
            if (round++ % RoundsASweep != 0)
                continue;
            await TryAsync<DueAppeals>((appeals, ct) => appeals.SweepAsync(ct), stoppingToken);
            await TryAsync<KeepVisits.Handler>((visits, ct) => visits.SweepAsync(ct), stoppingToken);
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Each for itself: trouble with decisions must not keep appeals waiting, nor leave half a change to the next one's context.
    private async Task TryAsync<T>(Func<T, CancellationToken, Task> work, CancellationToken ct)
        where T : notnull
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await work(scope.ServiceProvider.GetRequiredService<T>(), ct);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            // The database is away or somebody else was faster; what is due is still due.
            log.LogError("Releasing decisions failed with {ErrorClass}; it goes on.", fault.GetType().Name);
        }
    }

    public sealed class Due(ModerationDb db, DecisionEffects effects)
    {
        private const int Batch = 100;

        /// <summary>Releases everything that is due; returns how many decisions left.</summary>
        public async Task<int> RunAsync(CancellationToken ct)
        {
            // By the database's clock, as the release time was set by it.
            var due = await db
                .Database.SqlQuery<Guid>(
                    $"""
                    select id as "Value" from decisions where state = 'Grace' and release_at <= now()
                    order by release_at limit {Batch}
                    """
                )
                .ToListAsync(ct);
            return await OneByOne.RunAsync(due, id => ReleaseAsync(new DecisionId(id), ct), ct);
        }

        /// <summary>False when it is not there to release: undone, recalled, released by somebody else, or not due yet.</summary>
        public async Task<bool> ReleaseAsync(DecisionId id, CancellationToken ct)
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            var caseId = await db.Decisions.Where(d => d.Id == id).Select(d => d.CaseId).SingleAsync(ct);
            // Release and undo take the same row lock, so exactly one wins (triage.md 8.4).
            var about = await CaseLocks.TakeAsync(db, caseId, null, ct);
            var decision = await db.Decisions.SingleAsync(d => d.Id == id, ct);
            if (about is null || decision.State != DecisionState.Grace)
                return false;
            var now = await db.NowAsync(ct);
            var facts = decision.ReleaseAt <= now ? CaseFact.ReleaseDue : CaseFact.None;
            if (about.Make(CaseMove.Release, facts).Refusal is not null)
                return false;
            await effects.ReleaseAsync(about, decision, now, ct);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            return true;
        }
    }
}
