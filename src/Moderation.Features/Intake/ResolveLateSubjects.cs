// Catches what a roster that came at the same moment as a filing has missed: subjects known by now move to their own case.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;

namespace Moderation.Features.Intake;

public sealed class ResolveLateSubjects(ModerationDb db, TimeProvider clock)
{
    private const int Batch = 100;

    /// <summary>Safe to run twice and in several processes: the meeting's row keeps them apart.</summary>
    /// <returns>How many subjects moved.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        var moved = 0;
        foreach (var meeting in await LateSubjects.WaitingAsync(db, Batch, ct))
        {
            db.ChangeTracker.Clear();
            await using var work = await db.Database.BeginTransactionAsync(ct);
            // Not "for update": a filing holds cases and then refers to the meeting.
            await db.Database.ExecuteSqlAsync(
                $"select 1 from meetings where id = {meeting.Value} for no key update",
                ct
            );
            moved += await LateSubjects.ResolveAsync(db, meeting, clock.GetUtcNow(), ct);
            await work.CommitAsync(ct);
        }
        return moved;
    }
}
