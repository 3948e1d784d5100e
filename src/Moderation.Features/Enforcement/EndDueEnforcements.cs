// Set off by the clock: ends every enforcement whose time has come and says so, once, however many workers run it.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;

namespace Moderation.Features.Enforcement;

public sealed class EndDueEnforcements(ModerationDb db)
{
    public async Task RunAsync(CancellationToken ct)
    {
        // An account that somebody else has locked just then is skipped; it is looked at again instead of
        // being left to the sweep, since a person waits for the end of their suspension.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            // The database's time, as the end was set by it: a worker whose clock runs ahead frees nobody early.
            var now = await db.NowAsync(ct);
            await EnforcementLedger.EndDueAsync(db, now, ct);
            if (!await db.Enforcements.AnyAsync(e => e.EndedAt == null && e.Until <= now, ct))
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
        }
    }
}
