// Wakes the pump of this process as soon as a line of the event log is committed; other processes find it by polling.
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Moderation.Data;

namespace Moderation.Features.Delivery;

public sealed class EventSignal : WakeSignal;

public sealed class EventSignalInterceptor(EventSignal signal) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    // Contexts that have saved a line which is not committed yet.
    private readonly ConditionalWeakTable<DbContext, object> _untold = [];

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Note(eventData.Context);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        Note(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        TellUnlessInTransaction(eventData.Context);
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        TellUnlessInTransaction(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
        Tell(eventData.Context);

    public Task TransactionCommittedAsync(
        DbTransaction transaction,
        TransactionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        Tell(eventData.Context);
        return Task.CompletedTask;
    }

    private void Note(DbContext? db)
    {
        if (db is not null && db.ChangeTracker.Entries<LoggedEvent>().Any(e => e.State == EntityState.Added))
            _untold.AddOrUpdate(db, this);
    }

    private void TellUnlessInTransaction(DbContext? db)
    {
        if (db?.Database.CurrentTransaction is null)
            Tell(db);
    }

    private void Tell(DbContext? db)
    {
        if (db is not null && _untold.Remove(db))
            signal.Set();
    }
}
