// Puts sanctions in force and ends them: the rows, the account's version and the outward events, under the account's row lock.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using DecidedBy = Moderation.Contracts.Enforcement.V1.DecidedBy;

namespace Moderation.Data;

public static partial class EnforcementLedger
{
    /// <summary>The one platform that this installation serves.</summary>
    public const string Tenant = "default";

    /// <summary>Actor of what the expiry timer ends.</summary>
    public const string ExpiryActor = "system:expiry";

    /// <summary>
    /// Locks the account's row until the caller's transaction ends; the newest values are read under the lock.
    /// Take it before the lock on a case: everybody locks in that order.
    /// </summary>
    public static async Task<Account> LockAsync(ModerationDb db, AccountId id, CancellationToken ct)
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("A row lock without a transaction ends at once.");
        var wasTracked = db.Accounts.Local.FindEntry(id) is not null;
        var rows = await db
            .Accounts.FromSql($"select *, xmin from accounts where id = {id.Value} for update")
            .AsTracking()
            .ToListAsync(ct);
        var account = rows.Single();
        if (wasTracked)
            await db.Entry(account).ReloadAsync(ct);
        return account;
    }

    /// <summary>
    /// Puts a sanction in force and says its event, in the caller's transaction; the caller saves.
    /// Rows that the new one covers end as superseded, so that each measure stands once.
    /// </summary>
    public static async Task<IReadOnlyList<Enforcement>> ApplyAsync(
        ModerationDb db,
        Decision decision,
        AccountId subject,
        Sanction sanction,
        DateTimeOffset now,
        CancellationToken ct,
        DecidedBy by = DecidedBy.Staff
    )
    {
        var account = await LockAsync(db, subject, ct);
        var rows = await InForceAsync(db, subject, ct);
        var levelBefore = LevelOf(account, rows);
        var added = RowsOf(decision, subject, sanction, now);
        foreach (var old in rows.Where(old => added.Exists(row => row.Covers(old))))
            old.GiveWayTo(decision.Id, now);
        db.Enforcements.AddRange(added);
        rows = [.. rows.Where(row => row.InForce), .. added];

        var line = new EventLine(
            db,
            account,
            decision.Id,
            decision.CaseId,
            decision.Id.ToString(),
            by,
            decision.DecidedBy.ToString(),
            StateOf(rows),
            now
        );
        switch (sanction)
        {
            case Sanction.Warning:
                line.Say(AccountWarned.Kind, UserTexts.Warned, header => new AccountWarned(header));
                break;
            case Sanction.Friction:
                SayFriction(line, added, LevelOf(account, rows), levelBefore);
                break;
            case Sanction.Suspension:
                SaySuspension(line, added[0]);
                break;
            case Sanction.SessionsEnd:
                line.Say(
                    SessionsRevoked.Kind,
                    UserTexts.SessionsEnded,
                    header => new SessionsRevoked(header, SessionsRevoked.All, SessionsRevoked.All)
                );
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(sanction), sanction, null);
        }
        return added;
    }

    /// <summary>
    /// Ends everything whose time has come and says the reversing events, one transaction an account; several
    /// workers may run it at once. <paramref name="now"/> is the database's time. Returns the number of rows ended.
    /// </summary>
    public static async Task<int> EndDueAsync(ModerationDb db, DateTimeOffset now, CancellationToken ct)
    {
        var ended = 0;
        while (true)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            // An account that is locked just now is somebody else's; the next run sees it again.
            var due = await db
                .Accounts.FromSql(
                    $"""
                    select a.*, a.xmin from accounts a
                    where a.id in (select account_id from enforcements where ended_at is null and until <= {now})
                    limit 1 for update of a skip locked
                    """
                )
                .AsTracking()
                .ToListAsync(ct);
            if (due is not [var account])
                return ended;
            ended += await EndDueOfAsync(db, account, now, ct);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>What is in force for an account, as every event carries it (EV-6).</summary>
    public static AccountState StateOf(IReadOnlyCollection<Enforcement> inForce)
    {
        var suspensions = inForce.Where(row => row.Kind == EnforcementKind.Suspension).ToList();
        return new AccountState(
            suspensions.Count > 0,
            LatestOf(suspensions),
            [
                .. inForce
                    .Where(row => row.Kind == EnforcementKind.Friction)
                    .GroupBy(row => (row.Measure, row.Scope))
                    .OrderBy(group => group.Key)
                    .Select(group => new FrictionMeasure(group.Key.Measure!, group.Key.Scope, LatestOf([.. group]))),
            ],
            Purged: false
        );
    }

    private static async Task<int> EndDueOfAsync(
        ModerationDb db,
        Account account,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var rows = await InForceAsync(db, account.Id, ct);
        var due = rows.Where(row => row.Until <= now).OrderBy(row => row.Id.Value).ToList();
        foreach (var row in due)
            row.EndNow(EnforcementEnd.Expired, now);
        var left = rows.Where(row => row.InForce).ToList();
        var state = StateOf(left);

        foreach (var ofDecision in due.GroupBy(row => row.DecisionId))
        {
            var caseId = await db.Decisions.Where(d => d.Id == ofDecision.Key).Select(d => d.CaseId).SingleAsync(ct);
            var line = new EventLine(
                db,
                account,
                ofDecision.Key,
                caseId,
                ofDecision.First().Id.ToString(),
                DecidedBy.Policy,
                ExpiryActor,
                state,
                now
            );
            SayEnded(line, [.. ofDecision], left, "expired");
        }
        return due.Count;
    }

    private static Task<List<Enforcement>> InForceAsync(ModerationDb db, AccountId account, CancellationToken ct) =>
        db.Enforcements.Where(row => row.AccountId == account && row.EndedAt == null).ToListAsync(ct);

    private static List<Enforcement> RowsOf(Decision decision, AccountId account, Sanction sanction, DateTimeOffset now)
    {
        Enforcement Row(EnforcementKind kind, string? measure, string scope, TimeSpan? length) =>
            new()
            {
                Id = EnforcementId.New(now),
                DecisionId = decision.Id,
                AccountId = account,
                Kind = kind,
                Measure = measure,
                Scope = scope,
                StartsAt = now,
                Until = now + length,
            };

        return sanction switch
        {
            Sanction.Friction f =>
            [
                .. f.Measures.Select(measure => Row(EnforcementKind.Friction, measure, f.Scope, f.Length)),
            ],
            Sanction.Suspension s => [Row(EnforcementKind.Suspension, null, s.Scope, s.Length)],
            _ => [],
        };
    }

    private static FrictionMeasure MeasureOf(Enforcement row) => new(row.Measure!, row.Scope, row.Until);

    private static DateTimeOffset? LatestOf(IReadOnlyCollection<Enforcement> rows) =>
        rows.Any(row => row.Until is null) ? null : rows.Max(row => row.Until);

    // CAEP's three levels: the account's own band, and at least MEDIUM while friction stands.
    private static string LevelOf(Account account, IReadOnlyCollection<Enforcement> inForce) =>
        account.RiskBand switch
        {
            "high" or "critical" => "HIGH",
            "medium" => "MEDIUM",
            _ => inForce.Any(row => row.Kind == EnforcementKind.Friction) ? "MEDIUM" : "LOW",
        };

    // One place that makes the header, takes the next version and writes the line, so that no event can lack one of them.
    private sealed record EventLine(
        ModerationDb Db,
        Account Account,
        DecisionId Decision,
        CaseId Case,
        string Cause,
        DecidedBy By,
        string Actor,
        AccountState After,
        DateTimeOffset Now
    )
    {
        public void Say<T>(string kind, IReadOnlyDictionary<string, string> text, Func<EnforcementHeader, T> contract)
        {
            var id = EventId.New(Now);
            Account.EnforcementVersion++;
            var header = new EnforcementHeader(
                id.ToString(),
                Cause,
                Decision.ToString(),
                Decision.ToString(),
                Tenant,
                Account.ExternalId,
                Account.EnforcementVersion,
                Now,
                By,
                text,
                NotifyUser: true,
                After
            );
            var line = Db.Say(kind, contract(header), Now, id);
            line.CaseId = Case.Value;
            line.AccountId = Account.Id.Value;
            line.AccountVersion = Account.EnforcementVersion;
            line.Actor = Actor;
        }
    }
}
