// Set off by the clock: deletes kept answers whose day is over.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;

namespace Moderation.Features.Http;

public sealed class ForgetAnswers(ModerationDb db)
{
    public async Task RunAsync(CancellationToken ct)
    {
        var old = await db.NowAsync(ct) - Idempotency.Kept;
        await db.IdempotencyKeys.Where(k => k.At < old).ExecuteDeleteAsync(ct);
    }
}
