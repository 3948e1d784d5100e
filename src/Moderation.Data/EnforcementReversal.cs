// Takes back what a decision put in force, with reversing events, and brings back what it had taken the place of (triage.md 12).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using DecidedBy = Moderation.Contracts.Enforcement.V1.DecidedBy;

namespace Moderation.Data;

public static partial class EnforcementLedger
{
    /// <summary>
    /// Ends what still stands of a decision, in the caller's transaction; the caller saves. What an earlier decision had in force
    /// and this one displaced comes back for the rest of its time, if that decision still stands.
    /// </summary>
    /// <param name="keep">Rows that stay, such as those just put in force.</param>
    /// <returns>Whether anything ended.</returns>
    public static async Task<bool> ReverseAsync(
        ModerationDb db,
        Decision decision,
        AccountId subject,
        EnforcementEnd end,
        DecidedBy by,
        string actor,
        DateTimeOffset now,
        CancellationToken ct,
        IReadOnlyCollection<Enforcement>? keep = null
    )
    {
        var account = await LockAsync(db, subject, ct);
        var rows = await InForceAsync(db, subject, ct);
        var ended = rows.Where(row => row.DecisionId == decision.Id && keep?.Contains(row) != true).ToList();
        if (ended.Count == 0)
            return false;
        foreach (var row in ended)
            row.EndNow(end, now);
        var left = rows.Where(row => row.InForce).ToList();
        var levelBefore = LevelOf(account, rows);
        // With something kept, what was displaced stays displaced.
        var back = keep is { Count: > 0 } ? [] : await BroughtBackAsync(db, decision, left, now, ct);
        db.Enforcements.AddRange(back);
        left.AddRange(back);

        var line = new EventLine(
            db,
            account,
            decision.Id,
            decision.CaseId,
            decision.Id.ToString(),
            by,
            actor,
            StateOf(left),
            now
        );
        SayEnded(line, ended, left, CauseOf(end));
        var friction = back.Where(row => row.Kind == EnforcementKind.Friction).ToList();
        if (friction.Count > 0)
            SayFriction(line, friction, LevelOf(account, left), levelBefore);
        foreach (var suspension in back.Where(row => row.Kind == EnforcementKind.Suspension))
            SaySuspension(line, suspension);
        return true;
    }

    private static async Task<List<Enforcement>> BroughtBackAsync(
        ModerationDb db,
        Decision decision,
        List<Enforcement> left,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var displaced = await db
            .Enforcements.Where(row => row.SupersededBy == decision.Id && (row.Until == null || row.Until > now))
            .Where(row => db.Decisions.Any(d => d.Id == row.DecisionId && d.State == DecisionState.Released))
            .AsNoTracking()
            .ToListAsync(ct);
        return
        [
            .. displaced
                .Where(old => old.DecisionId != decision.Id && !left.Exists(row => row.Covers(old)))
                .Select(old => new Enforcement
                {
                    Id = EnforcementId.New(now),
                    DecisionId = old.DecisionId,
                    AccountId = old.AccountId,
                    Kind = old.Kind,
                    Measure = old.Measure,
                    Scope = old.Scope,
                    StartsAt = now,
                    Until = old.Until,
                }),
        ];
    }

    private static string CauseOf(EnforcementEnd end) =>
        end switch
        {
            EnforcementEnd.Expired => "expired",
            EnforcementEnd.Appeal => "appeal",
            EnforcementEnd.Mistake => "mistake",
            _ => "review",
        };

    // What another row still does has not ended for the user, so it is not announced as ended.
    private static void SayEnded(EventLine line, List<Enforcement> ended, List<Enforcement> left, string cause)
    {
        var lifted = ended
            .Where(row => row.Kind == EnforcementKind.Friction)
            .Where(row => !left.Exists(l => l.Measure == row.Measure && l.Scope == row.Scope))
            .Select(MeasureOf)
            .ToList();
        if (lifted.Count > 0)
            line.Say(
                AccountFrictionLifted.Kind,
                UserTexts.FrictionLifted,
                header => new AccountFrictionLifted(header, lifted, cause)
            );
        if (ended.Exists(row => row.Kind == EnforcementKind.Suspension) && !line.After.Suspended)
            line.Say(AccountReinstated.Kind, UserTexts.Reinstated, header => new AccountReinstated(header, cause));
    }

    private static void SayFriction(EventLine line, List<Enforcement> added, string level, string levelBefore) =>
        line.Say(
            AccountFrictionApplied.Kind,
            UserTexts.FrictionApplied(added[0].Until),
            header => new AccountFrictionApplied(header, [.. added.Select(MeasureOf)], level, levelBefore)
        );

    private static void SaySuspension(EventLine line, Enforcement row) =>
        line.Say(
            AccountSuspended.Kind,
            UserTexts.Suspended(row.Until),
            header => new AccountSuspended(header, row.Until, row.Scope, Hijack: false)
        );
}
