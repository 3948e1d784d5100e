// Takes and reads claims so that at most one is live on a case, whoever races, stops or comes late (triage.md 6.1).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

internal static class LiveClaims
{
    /// <summary>Refuses a person who holds enough; holds their row so that two requests of one person count each other.</summary>
    public static async Task<Refusal?> CheckCapAsync(
        ModerationDb db,
        StaffId me,
        ClaimLimits limits,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await db.Database.ExecuteSqlAsync($"select 1 from staff where id = {me.Value} for no key update", ct);
        var live = await db.Claims.CountAsync(
            c => c.StaffId == me && c.ReleasedAt == null && c.LeaseExpiresAt > now,
            ct
        );
        return live >= limits.LivePerPerson ? CaseRefusals.ClaimCap(limits.LivePerPerson) : null;
    }

    /// <summary>
    /// Releases an expired claim and inserts ours, in the caller's transaction. Null when the unique index says that
    /// the case has a live claim; the caller then rolls back.
    /// </summary>
    public static async Task<Claim?> TryTakeAsync(
        ModerationDb db,
        CaseId id,
        StaffId me,
        ClaimLimits limits,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var expired = await db
            .Claims.FromSql(
                $"""
                update claims set released_at = {now}, "end" = 'Expired'
                where case_id = {id.Value} and released_at is null and lease_expires_at <= {now} returning *
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        foreach (var old in expired)
            SayReleased(db, old, ClaimEnd.Expired, now, "system:lease");

        // The index decides here, in silence: an exception for every lost race would fill the log with nothing wrong.
        var fresh = ClaimId.New(now);
        var until = now.AddSeconds(limits.LeaseSeconds);
        var taken = await db
            .Claims.FromSql(
                $"""
                insert into claims (id, case_id, staff_id, fence, claimed_at, lease_expires_at)
                select {fresh.Value}, {id.Value}, {me.Value}, coalesce(max(fence), 0) + 1, {now}, {until}
                from claims where case_id = {id.Value}
                on conflict do nothing returning *
                """
            )
            .AsNoTracking()
            .ToListAsync(ct);
        if (taken is not [var claim])
        {
            db.ChangeTracker.Clear();
            return null;
        }
        var line = db.Say(CaseClaimed.Kind, new CaseClaimed(id.ToString(), claim.Id.ToString(), claim.Fence), now);
        (line.CaseId, line.Actor) = (id.Value, me.ToString());
        await db.SaveChangesAsync(ct);
        return claim;
    }

    public static void SayReleased(ModerationDb db, Claim claim, ClaimEnd end, DateTimeOffset now, string actor)
    {
        var line = db.Say(
            CaseReleased.Kind,
            new CaseReleased(claim.CaseId.ToString(), claim.Id.ToString(), claim.Fence, Words.Of(end)),
            now
        );
        (line.CaseId, line.Actor) = (claim.CaseId.Value, actor);
    }

    public static async Task<Dictionary<CaseId, ClaimShape>> OfAsync(
        ModerationDb db,
        IReadOnlyCollection<CaseId> cases,
        Viewer viewer,
        CancellationToken ct
    )
    {
        var now = await db.NowAsync(ct);
        var live = await db
            .Claims.AsNoTracking()
            .Where(c => cases.Contains(c.CaseId) && c.ReleasedAt == null && c.LeaseExpiresAt > now)
            .Join(db.Staff, c => c.StaffId, s => s.Id, (c, s) => new { Claim = c, s.Pseudonym })
            .ToListAsync(ct);
        return live.ToDictionary(row => row.Claim.CaseId, row => ShapeOf(row.Claim, row.Pseudonym, viewer));
    }

    public static ClaimShape ShapeOf(Claim claim, string holder, Viewer viewer) =>
        new(
            claim.Id.ToString(),
            claim.CaseId.ToString(),
            holder,
            claim.StaffId == viewer.Id,
            claim.Fence,
            claim.LeaseExpiresAt
        );
}
