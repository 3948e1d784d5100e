// Makes the rows of accounts that the platform names for the first time.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Accounts;

namespace Moderation.Features.Accounts;

internal static class AccountRows
{
    /// <summary>The accounts with these external ids; whichever were unknown are made at once. Ids in, ids out.</summary>
    public static async Task<Dictionary<string, AccountId>> EnsureAsync(
        ModerationDb db,
        IEnumerable<string> externalIds,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        // One order for everybody: two rosters with the same people would else wait for each other for ever.
        var wanted = externalIds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var ids = wanted.Select(_ => AccountId.New(now).Value).ToList();
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into accounts (id, external_id, first_seen_at, enforcement_version)
            select fresh.id, fresh.external_id, {now}, 0
            from unnest({ids}, {wanted}) as fresh (id, external_id)
            on conflict (external_id) do nothing
            """,
            ct
        );
        return await db
            .Accounts.AsNoTracking()
            .Where(a => wanted.Contains(a.ExternalId))
            .ToDictionaryAsync(a => a.ExternalId, a => a.Id, StringComparer.Ordinal, ct);
    }
}
