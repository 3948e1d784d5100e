// Scores accounts from what is stored of them and keeps the assessment with its reasons and versions.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Risk;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Risk;
using Moderation.Features.Risk.Feeds;

namespace Moderation.Features.Risk;

public sealed class ScoreAccounts(ModerationDb db, RiskData data, TimeProvider clock)
{
    /// <summary>
    /// Scores each account and saves; open cases of an account whose band changed take their new place. Each account is
    /// a transaction of its own, unless the caller holds one.
    /// </summary>
    public async Task RunAsync(IReadOnlyCollection<AccountId> accounts, CancellationToken ct)
    {
        foreach (var id in accounts.OrderBy(a => (SubjectKind.Account, a.Value), CaseIntake.LockOrder))
        {
            if (db.Database.CurrentTransaction is not null)
            {
                await ScoreAsync(id, ct);
                continue;
            }
            await using var work = await db.Database.BeginTransactionAsync(ct);
            await ScoreAsync(id, ct);
            await work.CommitAsync(ct);
            db.ChangeTracker.Clear();
        }
    }

    /// <summary>Scores every account with an open case again: after new lists, or for the first time.</summary>
    public async Task RunForOpenCasesAsync(CancellationToken ct)
    {
        var ids = await db
            .Cases.Where(c => c.Status == CaseStatus.Open && c.SubjectKind == SubjectKind.Account)
            .Select(c => c.SubjectId)
            .Distinct()
            .ToListAsync(ct);
        await RunAsync([.. ids.Select(i => new AccountId(i))], ct);
    }

    private async Task ScoreAsync(AccountId id, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // Account, then case: the order of everybody who locks both.
        var account = await EnforcementLedger.LockAsync(db, id, ct);
        var facts = await AccountHistory.ReadAsync(db, account, ct);
        var assessment = RiskAssessment.Of(facts, data.Current, now);
        var before = account.RiskBand;
        account.RiskBand = assessment.Score.Band.ToString().ToLowerInvariant();
        account.RiskProbability = assessment.Score.Probability;
        account.RiskScoredAt = now;
        account.RiskAssessment = JsonSerializer.Serialize(ShapeOf(assessment), ModerationDb.Json);
        if (before != account.RiskBand)
            db.Say(
                AccountRiskChanged.Kind,
                new AccountRiskChanged(id.ToString(), before, account.RiskBand),
                now
            ).Actor = "system:risk";
        await db.SaveChangesAsync(ct);
        if (before == account.RiskBand)
            return;
        // The rank reads the account's new band from the database.
        await PlaceAnewAsync(id, ct);
        await db.SaveChangesAsync(ct);
    }

    private async Task PlaceAnewAsync(AccountId id, CancellationToken ct)
    {
        var cases = await db
            .Cases.FromSql(
                $"""
                select * from cases
                where subject_kind = {nameof(SubjectKind.Account)} and subject_id = {id.Value} and status = 'Open'
                order by lane for update
                """
            )
            .ToListAsync(ct);
        foreach (var open in cases)
            await CaseIntake.RankAsync(db, open, ct);
    }

    private static RiskShape ShapeOf(RiskAssessment assessment)
    {
        var score = assessment.Score;
        return new RiskShape(
            score.Band.ToString().ToLowerInvariant(),
            score.IsThin,
            score.AsOf,
            score.DataVersion,
            [
                .. score.Reasons.Select(r => new Contracts.Triage.RiskReason(
                    r.Code,
                    r.Group,
                    r.Multiplier,
                    r.Evidence,
                    r.Since,
                    r.MayBeWrong
                )),
            ],
            [.. assessment.Features.UnknownSignals()]
        );
    }
}
