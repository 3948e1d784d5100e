// Passes a sanction on an account the short way: the rows a decision needs, then the ledger itself.
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Enforcement;

public static class Sentence
{
    public static async Task<AccountId> PassAsync(ModerationDb db, string externalId, Sanction sanction)
    {
        var now = TimeProvider.System.GetUtcNow();
        var staff = new StaffMember
        {
            Id = StaffId.New(now),
            Login = Guid.CreateVersion7(now).ToString(),
            Pseudonym = Guid.CreateVersion7(now).ToString("n")[16..],
            Role = StaffRole.Analyst,
            CreatedAt = now,
        };
        var account = new Account
        {
            Id = AccountId.New(now),
            ExternalId = externalId,
            FirstSeenAt = now,
        };
        var subject = new Domain.Cases.Case
        {
            Id = CaseId.New(now),
            Reference = Guid.CreateVersion7(now).ToString("n")[12..],
            SubjectKind = SubjectKind.Account,
            SubjectId = account.Id.Value,
            Lane = Lane.General,
            OpenedAt = now,
            Severity = Severity.S2,
            Reason = 4,
            DueAt = now,
            Band = 2,
            RankAt = now,
            RankTerms = "{}",
        };
        var decision = new Decision
        {
            Id = DecisionId.New(now),
            CaseId = subject.Id,
            CaseVersion = 1,
            Outcome = DecisionOutcome.Violation,
            PolicyVersion = "1",
            Action = "suspend",
            RecommendedAction = "suspend",
            Rationale = "because",
            Citations = "[]",
            EvidenceOpened = true,
            DecidedBy = staff.Id,
            DecidedAt = now,
        };
        db.AddRange(staff, account, subject, decision);
        await db.SaveChangesAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await EnforcementLedger.ApplyAsync(db, decision, account.Id, sanction, now, CancellationToken.None);
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return account.Id;
    }
}
