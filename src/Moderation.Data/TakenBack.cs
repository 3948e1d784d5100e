// Takes a decision back before anything of it has left: the case opens again and its decider holds it again (triage.md 8.4).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Domain;
using Moderation.Domain.Cases;

namespace Moderation.Data;

public static class TakenBack
{
    /// <summary>Lease of a claim that comes back.</summary>
    private static readonly TimeSpan _lease = TimeSpan.FromMinutes(15);

    /// <summary>The decision that a case waits with: under review or in its grace. Read it under the case's row lock.</summary>
    public static Task<Decision?> PendingAsync(ModerationDb db, CaseId id, CancellationToken ct) =>
        db
            .Decisions.Where(d => d.CaseId == id)
            .Where(d =>
                d.State == DecisionState.InReview
                || d.State == DecisionState.Adjudication
                || d.State == DecisionState.Grace
            )
            .OrderByDescending(d => d.DecidedAt)
            .FirstOrDefaultAsync(ct);

    /// <summary>Runs under the case's row lock, in the caller's transaction; the caller saves.</summary>
    /// <param name="move">`Undo`, `WithdrawDecision` or `Recall`.</param>
    public static async Task<Refusal?> TakeBackAsync(
        ModerationDb db,
        Case about,
        Decision decision,
        CaseMove move,
        CaseFact facts,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (about.Make(move, facts).Refusal is { } refused)
            return refused;
        if (decision.Make(DecisionMove.Withdraw).Refusal is { } stuck)
            return stuck;
        decision.ReleaseAt = null;
        foreach (var review in await db.Reviews.Where(r => r.DecisionId == decision.Id).ToListAsync(ct))
        {
            if (review.IsOpen)
                review.Make(ReviewMove.Void, ReviewFact.None, now);
        }
        await EndClaimAsync(db, about.Id, now, ct);
        await RestoreClaimAsync(db, decision, now, ct);
        var cause = move switch
        {
            CaseMove.Undo => "undone",
            CaseMove.WithdrawDecision => "withdrawn",
            _ => "recalled",
        };
        var line = db.Say(
            DecisionWithdrawn.Kind,
            new DecisionWithdrawn(about.Id.ToString(), decision.Id.ToString(), cause),
            now
        );
        (line.CaseId, line.Actor) = (about.Id.Value, actor);
        return null;
    }

    // A reviewer's, who works on what is void now.
    private static Task<int> EndClaimAsync(ModerationDb db, CaseId id, DateTimeOffset now, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"""update claims set released_at = {now}, "end" = 'Released' where case_id = {id.Value} and released_at is null""",
            ct
        );

    // A new fence: what was sent under the old one is late now, and refused.
    private static async Task RestoreClaimAsync(
        ModerationDb db,
        Decision decision,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var (id, until) = (ClaimId.New(now), now + _lease);
        var fences = await db
            .Database.SqlQuery<int>(
                $"""
                insert into claims (id, case_id, staff_id, fence, claimed_at, lease_expires_at)
                select {id.Value}, {decision.CaseId.Value}, {decision.DecidedBy.Value}, coalesce(max(fence), 0) + 1, {now}, {until}
                from claims where case_id = {decision.CaseId.Value}
                on conflict do nothing returning fence as "Value"
                """
            )
            .ToListAsync(ct);
        if (fences is not [var fence])
            return;
        var line = db.Say(CaseClaimed.Kind, new CaseClaimed(decision.CaseId.ToString(), id.ToString(), fence), now);
        (line.CaseId, line.Actor) = (decision.CaseId.Value, decision.DecidedBy.ToString());
    }
}
