// Locks what a decision is about, in the order in which everybody does: account, case, claim.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;

namespace Moderation.Features.Triage;

internal static class CaseLocks
{
    /// <summary>The case, tracked and locked until the caller's transaction ends; null when there is none for this person.</summary>
    public static async Task<Case?> TakeAsync(ModerationDb db, CaseId id, Viewer? viewer, CancellationToken ct)
    {
        var seen = await db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct);
        if (seen is null || viewer?.MaySee(seen) == false)
            return null;
        // A case never changes its subject.
        if (seen.SubjectKind == SubjectKind.Account)
            await EnforcementLedger.LockAsync(db, new AccountId(seen.SubjectId), ct);
        return (
            await db.Cases.FromSql($"select * from cases where id = {id.Value} for update").ToListAsync(ct)
        ).Single();
    }

    // One statement is the test and the act: a claim that has ended in any way changes no row.
    public static async Task<bool> EndClaimAsync(
        ModerationDb db,
        ClaimHeader claim,
        CaseId id,
        Viewer me,
        DateTimeOffset now,
        CancellationToken ct
    ) =>
        await db
            .Claims.Where(c => c.Id == claim.Id && c.Fence == claim.Fence && c.CaseId == id && c.StaffId == me.Id)
            .Where(c => c.ReleasedAt == null && c.LeaseExpiresAt > now)
            .ExecuteUpdateAsync(
                set => set.SetProperty(c => c.ReleasedAt, now).SetProperty(c => c.End, ClaimEnd.Done),
                ct
            ) == 1;
}
