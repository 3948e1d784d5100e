// What follows from a decision: release (measures, strikes, reports settled), and its reversal (measures, strikes, knock-ons).
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Reports;
using Moderation.Features.Triage.Policy;
using DecidedBy = Moderation.Contracts.Enforcement.V1.DecidedBy;

namespace Moderation.Features.Triage;

/// <summary>Everything runs under the account's and the case's row lock, in the caller's transaction; the caller saves.</summary>
public sealed class DecisionEffects(ModerationDb db, PolicyDocument policy, ReviewDesk desk)
{
    public const string ReleaseActor = "system:release";

    /// <summary>The case has been moved; this moves the decision and does what it says.</summary>
    public async Task ReleaseAsync(Case about, Decision decision, DateTimeOffset now, CancellationToken ct)
    {
        if (decision.Make(DecisionMove.Release).Refusal is { } refusal)
            throw new InvalidOperationException(refusal.Code);
        decision.ReleasedAt = now;
        about.ClosedAt = now;
        if (decision.Severity is { } severity)
            (about.Severity, about.SeverityIsEstimate) = (severity, false);
        await SettleAsync(about.Id, decision.Outcome, ct);
        var line = db.Say(
            DecisionReleased.Kind,
            new DecisionReleased(about.Id.ToString(), decision.Id.ToString()),
            now
        );
        (line.CaseId, line.Actor) = (about.Id.Value, ReleaseActor);
        if (AccountOf(about) is { } account)
        {
            await EnforceAsync(about, decision, account, DecidedBy.Staff, now, ct);
            GiveStrike(decision, account, now, now);
        }
        await desk.DrawAsync(about, decision, now, ct);
    }

    /// <summary>`suspend` or `end_sessions` at once, while a second look is due (triage.md 8.4).</summary>
    public async Task ApplyInterimAsync(
        Case about,
        Decision decision,
        InterimShape? interim,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (interim is null || AccountOf(about) is not { } account)
            return;
        Sanction sanction = interim.DurationSeconds is { } seconds
            ? new Sanction.Suspension("all", TimeSpan.FromSeconds(seconds))
            : new Sanction.SessionsEnd();
        await EnforcementLedger.ApplyAsync(db, decision, account, sanction, now, ct);
    }

    /// <summary>Undoes what a released decision did; returns how many later decisions somebody has to look at again.</summary>
    /// <param name="move">`Overturn` or `Reverse`.</param>
    public async Task<int> ReverseAsync(
        Case about,
        Decision decision,
        DecisionMove move,
        AppealId? appeal,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (decision.Make(move).Refusal is { } refusal)
            throw new InvalidOperationException(refusal.Code);
        SayChanged(about, decision, appeal, actor, now);
        if (AccountOf(about) is not { } account)
            return 0;
        var (end, by) =
            move == DecisionMove.Overturn
                ? (EnforcementEnd.Appeal, DecidedBy.Appeal)
                : (EnforcementEnd.Review, DecidedBy.Staff);
        await EnforcementLedger.ReverseAsync(db, decision, account, end, by, actor, now, ct);
        return await VoidStrikesAsync(decision, account, actor, now, ct);
    }

    /// <summary>Puts a decision in the place of a released one: its measures from the old one's start, its strike from then too.</summary>
    public async Task ReplaceAsync(
        Case about,
        Decision old,
        Decision fresh,
        AppealId? appeal,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (old.Make(DecisionMove.Supersede).Refusal is { } refusal)
            throw new InvalidOperationException(refusal.Code);
        if (fresh.StartingIn(DecisionState.Grace).Make(DecisionMove.Release).Refusal is { } stuck)
            throw new InvalidOperationException(stuck.Code);
        fresh.ReleasedAt = now;
        db.Decisions.Add(fresh);
        if (fresh.Severity is { } severity)
            (about.Severity, about.SeverityIsEstimate) = (severity, false);
        SayChanged(about, old, appeal, actor, now);
        if (AccountOf(about) is not { } account)
            return;
        // What was voided with the old decision counts from its own start in the new one (triage.md 9).
        var started = await db
            .Strikes.Where(s => s.DecisionId == old.Id)
            .Select(s => (DateTimeOffset?)s.StartsAt)
            .MaxAsync(ct);
        await VoidStrikesAsync(old, account, actor, now, ct);
        var by = appeal is null ? DecidedBy.Staff : DecidedBy.Appeal;
        var end = appeal is null ? EnforcementEnd.Review : EnforcementEnd.Appeal;
        var since = old.ReleasedAt ?? old.DecidedAt;
        var added = await EnforceAsync(about, fresh, account, by, now, ct, since);
        await EnforcementLedger.ReverseAsync(db, old, account, end, by, actor, now, ct, added);
        GiveStrike(fresh, account, started ?? now, now);
    }

    private async Task<List<Domain.Enforcements.Enforcement>> EnforceAsync(
        Case about,
        Decision decision,
        AccountId account,
        DecidedBy by,
        DateTimeOffset now,
        CancellationToken ct,
        DateTimeOffset? since = null
    )
    {
        List<Domain.Enforcements.Enforcement> added = [];
        foreach (var sanction in StoredActions.Of(decision, since is { } start ? now - start : TimeSpan.Zero))
        {
            added.AddRange(await EnforcementLedger.ApplyAsync(db, decision, account, sanction, now, ct, by));
            // What comes next reads what stands from the database.
            await db.SaveChangesAsync(ct);
        }
        // An interim measure has done its work: the decision has taken its place, or a ruling against it.
        var others = await db
            .Decisions.Where(d => d.CaseId == about.Id && d.State == DecisionState.SetAside)
            .ToListAsync(ct);
        foreach (var one in others.Append(decision))
        {
            await EnforcementLedger.ReverseAsync(
                db,
                one,
                account,
                EnforcementEnd.Review,
                by,
                ReleaseActor,
                now,
                ct,
                added
            );
            await db.SaveChangesAsync(ct);
        }
        return added;
    }

    private void GiveStrike(Decision decision, AccountId account, DateTimeOffset start, DateTimeOffset now)
    {
        if (decision is not { Outcome: DecisionOutcome.Violation, Severity: { } severity, Family: { } family })
            return;
        var strike = new Strike
        {
            Id = StrikeId.New(now),
            DecisionId = decision.Id,
            AccountId = account,
            Family = family,
            Severity = severity,
            Points = policy.Points[severity],
            StartsAt = start,
            ExpiresAt = policy.StrikeDays[severity] is { } days ? start.AddDays(days) : null,
        };
        db.Strikes.Add(strike);
        var line = db.Say(
            StrikeGiven.Kind,
            new StrikeGiven(decision.CaseId.ToString(), strike.Id.ToString(), decision.Id.ToString(), strike.Points),
            now
        );
        (line.CaseId, line.Actor) = (decision.CaseId.Value, ReleaseActor);
    }

    // Nothing is corrected silently: later decisions that counted the points and would now come out lower go to a person (triage.md 9).
    private async Task<int> VoidStrikesAsync(
        Decision decision,
        AccountId account,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var opened = 0;
        foreach (var strike in await db.Strikes.Where(s => s.DecisionId == decision.Id).ToListAsync(ct))
        {
            if (strike.Make(StrikeMove.Void, StrikeFact.None, now).Refusal is not null)
                continue;
            var line = db.Say(
                StrikeEnded.Kind,
                new StrikeEnded(strike.Id.ToString(), decision.Id.ToString(), "void"),
                now
            );
            (line.CaseId, line.Actor) = (decision.CaseId.Value, actor);
            foreach (var (later, its) in await KnockedOnAsync(strike, account, ct))
            {
                desk.Open(its, later, ReviewKind.KnockOn, now);
                opened++;
            }
        }
        return opened;
    }

    /// <summary>Released decisions that counted this strike and would be recommended something milder without it.</summary>
    public async Task<List<(Decision Decision, Case Case)>> KnockedOnAsync(
        Strike strike,
        AccountId account,
        CancellationToken ct
    )
    {
        var later = await db
            .Decisions.Where(d => d.State == DecisionState.Released && d.Outcome == DecisionOutcome.Violation)
            .Where(d => d.DecidedAt >= strike.StartsAt && d.Id != strike.DecisionId && d.PointsBefore > 0)
            .Join(
                db.Cases.Where(c => c.SubjectKind == SubjectKind.Account && c.SubjectId == account.Value),
                d => d.CaseId,
                c => c.Id,
                (d, c) => new { Decision = d, Case = c }
            )
            .OrderBy(row => row.Decision.DecidedAt)
            .ToListAsync(ct);
        return
        [
            .. later
                .Where(row => strike.ExpiresAt is null || strike.ExpiresAt > row.Decision.DecidedAt)
                .Where(row => WouldBeLower(row.Decision, strike.Points))
                .Select(row => (row.Decision, row.Case)),
        ];
    }

    private bool WouldBeLower(Decision later, int points)
    {
        if (later is not { Clause: { } code, Severity: { } severity } || policy.ClauseOf(code) is not { } clause)
            return false;
        var was = policy.Recommend(clause, severity, later.PointsBefore, 0);
        var now = policy.Recommend(clause, severity, Math.Max(0, later.PointsBefore - points), 0);
        return policy.IndexOf(now.Step) < policy.IndexOf(was.Step);
    }

    // triage.md 2.3: the reports end with their case.
    private Task<int> SettleAsync(CaseId id, DecisionOutcome outcome, CancellationToken ct)
    {
        var became =
            outcome == DecisionOutcome.InsufficientEvidence
                ? ReportDisposition.Unverifiable
                : ReportDisposition.Resolved;
        return db
            .ReportSubjects.Where(s => s.CaseId == id && s.Disposition == ReportDisposition.Attached)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Disposition, became), ct);
    }

    private void SayChanged(Case about, Decision decision, AppealId? appeal, string actor, DateTimeOffset now)
    {
        var line = db.Say(
            DecisionChanged.Kind,
            new DecisionChanged(
                about.Id.ToString(),
                decision.Id.ToString(),
                Words.Of(decision.State),
                appeal?.ToString()
            ),
            now
        );
        (line.CaseId, line.Actor) = (about.Id.Value, actor);
    }

    private static AccountId? AccountOf(Case about) =>
        about.SubjectKind == SubjectKind.Account ? new AccountId(about.SubjectId) : null;
}

/// <summary>Reads the measures of a stored decision.</summary>
internal static class StoredActions
{
    public static StoredParameters ParametersOf(Decision decision) =>
        decision.ActionParameters is null
            ? new StoredParameters(null, null, null)
            : JsonSerializer.Deserialize<StoredParameters>(decision.ActionParameters, ModerationDb.Json)!;

    /// <summary>In the order in which their events go out: sessions end after the account is disabled (triage.md 8.2).</summary>
    /// <param name="served">Time that has been served under the decision this one takes the place of.</param>
    public static IEnumerable<Sanction> Of(Decision decision, TimeSpan served)
    {
        var parameters = ParametersOf(decision);
        TimeSpan? length = (decision.AgreedSeconds ?? parameters.DurationSeconds) is { } seconds
            ? TimeSpan.FromSeconds(seconds) - served
            : null;
        // All of it is served already.
        if (length <= TimeSpan.Zero)
            yield break;
        switch (decision.Action)
        {
            case "warn":
                yield return new Sanction.Warning();
                break;
            case "friction":
                yield return new Sanction.Friction(
                    [.. parameters.Measures!.Distinct()],
                    parameters.Scope ?? "account",
                    length!.Value
                );
                break;
            case "suspend" or "ban":
                yield return new Sanction.Suspension(parameters.Scope ?? "all", length);
                break;
        }
        if (decision.Also.Contains("end_sessions"))
            yield return new Sanction.SessionsEnd();
    }
}
