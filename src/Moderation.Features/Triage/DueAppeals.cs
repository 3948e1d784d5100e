// Lets decided appeals take effect, and does the other things of decisions that come by the clock.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;

namespace Moderation.Features.Triage;

public sealed class DueAppeals(ModerationDb db, DecisionEffects effects, Judging judging)
{
    private const int Batch = 100;
    private const string Actor = "system:clock";

    public async Task RunAsync(CancellationToken ct)
    {
        var due = await db
            .Database.SqlQuery<Guid>(
                $"""
                select id as "Value" from appeals where state = 'Grace' and release_at <= now()
                order by release_at limit {Batch}
                """
            )
            .ToListAsync(ct);
        await OneByOne.RunAsync(due, id => ReleaseAsync(new AppealId(id), ct), ct);
    }

    /// <summary>Once a while: answers that never came, second looks that are late, points that have run out.</summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = await db.NowAsync(ct);
        var unanswered = await db
            .Appeals.Where(a => a.State == AppealState.AwaitingAppellant && a.AnswerUntil <= now)
            .Take(Batch)
            .ToListAsync(ct);
        foreach (var appeal in unanswered)
            appeal.Make(AppealMove.TimePasses, AppealFact.None);
        var late = await db
            .Reviews.Where(r =>
                (r.State == ReviewState.Waiting || r.State == ReviewState.InProgress || r.State == ReviewState.Differs)
                && r.DueAt <= now
                && r.OverdueAt == null
            )
            .Take(Batch)
            .ToListAsync(ct);
        foreach (var review in late)
        {
            // Never approved by itself: somebody has to look (triage.md 10).
            review.OverdueAt = now;
            var line = db.Say(
                ReviewOverdue.Kind,
                new ReviewOverdue(review.CaseId.ToString(), review.Id.ToString()),
                now
            );
            (line.CaseId, line.Actor) = (review.CaseId.Value, Actor);
        }
        // By their ids' order, and rows that somebody else has just now are left to the next sweep.
        var spent = await db
            .Strikes.FromSql(
                $"""
                select * from strikes where state = 'Active' and expires_at <= {now}
                order by id limit {Batch} for update skip locked
                """
            )
            .ToListAsync(ct);
        foreach (var strike in spent)
        {
            if (strike.Make(StrikeMove.Expire, StrikeFact.TimePassed, now).Refusal is not null)
                continue;
            db.Say(
                StrikeEnded.Kind,
                new StrikeEnded(strike.Id.ToString(), strike.DecisionId.ToString(), "expired"),
                now
            ).Actor = Actor;
        }
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Reverses by itself, in one transaction: measures, strikes, knock-on reviews (triage.md 12).</summary>
    public async Task<bool> ReleaseAsync(AppealId id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await AppealRows.LockAsync(db, id, null, ct) is not ({ } appeal, { } about))
            return false;
        var now = await db.NowAsync(ct);
        var facts = appeal.ReleaseAt <= now ? AppealFact.ReleaseDue : AppealFact.None;
        if (appeal.Make(AppealMove.Release, facts).Refusal is not null)
            return false;
        appeal.DecidedAt = now;
        var decision = await db.Decisions.SingleAsync(d => d.Id == appeal.DecisionId, ct);
        // What fell by other means meanwhile has nothing left to reverse.
        if (appeal.Outcome != AppealOutcome.Upheld && decision.State == DecisionState.Released)
            await ReverseAsync(appeal, about, decision, now, ct);
        AppealRows.Say(db, appeal, "released", Actor, now, appeal.Outcome);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task ReverseAsync(
        Appeal appeal,
        Case about,
        Decision decision,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var actor = appeal.HeardBy!.Value.ToString();
        var version = about.Version;
        if (about.Status == CaseStatus.Closed && about.Make(CaseMove.Overturn).Refusal is { } refusal)
            throw new InvalidOperationException(refusal.Code);
        if (appeal.Outcome == AppealOutcome.Overturned)
        {
            await effects.ReverseAsync(about, decision, DecisionMove.Overturn, appeal.Id, actor, now, ct);
            return;
        }
        var request = JsonSerializer.Deserialize<DecisionRequest>(appeal.Modification!, ModerationDb.Json)!;
        var judged = await judging.JudgeAsync(
            request,
            about,
            appeal.HeardBy.Value,
            now,
            ct,
            decision.Id,
            settled: true
        );
        if (judged.Refusal is { } unfit)
            throw new InvalidOperationException(unfit.Code);
        var fresh = judged.Value.DecisionOf(about, version, appeal.HeardBy.Value, now, decision.Id);
        await effects.ReplaceAsync(about, decision, fresh, appeal.Id, actor, now, ct);
    }
}
