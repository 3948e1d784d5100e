// What ends by the clock: once, with its reversing event, however many workers look.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed class EnforcementLedgerTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task A_suspension_whose_time_has_come_ends_exactly_once_with_eight_workers()
    {
        var seeded = await app.CaseAsync();
        await ApplyAsync(seeded, new Sanction.Suspension("all", TimeSpan.FromDays(1)));

        var now = await app.InDbAsync(db => db.NowAsync(default));
        await EndDueAsync(now);
        (await ExpiredOfAsync(seeded)).ShouldBe(0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => EndDueAsync(now.AddDays(2))));

        (await ExpiredOfAsync(seeded)).ShouldBe(1);
        var reinstated = await EventsAsync<AccountReinstated>(seeded.Account, AccountReinstated.Kind);
        var only = reinstated.ShouldHaveSingleItem();
        only.Cause.ShouldBe("expired");
        only.Header.AccountVersion.ShouldBe(2);
        only.Header.StateAfter.Suspended.ShouldBeFalse();
        only.Header.DecidedBy.ShouldBe(DecidedBy.Policy);
        var row = await app.InDbAsync(db => db.Enforcements.SingleAsync(e => e.AccountId == seeded.Account));
        row.End.ShouldBe(EnforcementEnd.Expired);
    }

    [Fact]
    public async Task A_shorter_suspension_that_ends_first_does_not_reinstate_the_account()
    {
        var seeded = await app.CaseAsync();
        await ApplyAsync(seeded, new Sanction.Suspension("all", TimeSpan.FromDays(30)));
        await ApplyAsync(seeded, new Sanction.Suspension("all", TimeSpan.FromDays(1)));
        var now = await app.InDbAsync(db => db.NowAsync(default));

        await EndDueAsync(now.AddDays(2));
        (await ExpiredOfAsync(seeded)).ShouldBe(1);
        (await EventsAsync<AccountReinstated>(seeded.Account, AccountReinstated.Kind)).ShouldBeEmpty();
        await EndDueAsync(now.AddDays(31));
        (await ExpiredOfAsync(seeded)).ShouldBe(2);

        (await EventsAsync<AccountReinstated>(seeded.Account, AccountReinstated.Kind)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_longer_suspension_takes_the_place_of_a_shorter_one()
    {
        var seeded = await app.CaseAsync();
        await ApplyAsync(seeded, new Sanction.Suspension("hosting", TimeSpan.FromDays(1)));
        await ApplyAsync(seeded, new Sanction.Suspension("all", TimeSpan.FromDays(30)));

        var rows = await app.InDbAsync(db =>
            db.Enforcements.Where(e => e.AccountId == seeded.Account).OrderBy(e => e.Until).ToListAsync()
        );
        rows.Select(r => r.End).ShouldBe([EnforcementEnd.Superseded, null]);
    }

    [Fact]
    public async Task Friction_that_another_decision_still_holds_is_not_announced_as_lifted()
    {
        var seeded = await app.CaseAsync();
        await ApplyAsync(seeded, new Sanction.Friction(["no_chat"], "account", TimeSpan.FromDays(30)));
        await ApplyAsync(seeded, new Sanction.Friction(["no_chat", "no_hosting"], "account", TimeSpan.FromDays(1)));
        var now = await app.InDbAsync(db => db.NowAsync(default));

        await EndDueAsync(now.AddDays(2));
        (await ExpiredOfAsync(seeded)).ShouldBe(2);

        var lifted = (
            await EventsAsync<AccountFrictionLifted>(seeded.Account, AccountFrictionLifted.Kind)
        ).ShouldHaveSingleItem();
        lifted.Measures.Select(m => m.Measure).ShouldBe(["no_hosting"]);
        lifted.Header.StateAfter.Friction.Select(m => m.Measure).ShouldBe(["no_chat"]);
    }

    // As the timer does it: an account that scoring holds just now is left to the next run, so there is a next run.
    private async Task EndDueAsync(DateTimeOffset now)
    {
        for (var run = 0; run < 100; run++)
        {
            await app.InDbAsync(db => EnforcementLedger.EndDueAsync(db, now, default));
            if (!await app.InDbAsync(db => db.Enforcements.AnyAsync(e => e.EndedAt == null && e.Until <= now)))
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
        throw new TimeoutException("Something due did not end in a hundred runs.");
    }

    private Task<int> ExpiredOfAsync(SeededCase seeded) =>
        app.InDbAsync(db =>
            db.Enforcements.CountAsync(e => e.AccountId == seeded.Account && e.End == EnforcementEnd.Expired)
        );

    private async Task ApplyAsync(SeededCase seeded, Sanction sanction)
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        await app.InDbAsync(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            var now = await db.NowAsync(default);
            var decision = new Decision
            {
                Id = DecisionId.New(now),
                CaseId = seeded.Id,
                // One decision a version; these tests are about what comes after.
                CaseVersion = await db.Decisions.CountAsync(d => d.CaseId == seeded.Id) + 1,
                Outcome = DecisionOutcome.Violation,
                PolicyVersion = "test",
                Action = "suspend",
                RecommendedAction = "suspend",
                Rationale = "",
                Citations = "[]",
                EvidenceOpened = false,
                DecidedBy = analyst.Member.Id,
                DecidedAt = now,
            };
            db.Decisions.Add(decision);
            await EnforcementLedger.ApplyAsync(db, decision, seeded.Account, sanction, now, default);
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
        });
    }

    private async Task<List<T>> EventsAsync<T>(AccountId account, string kind)
    {
        var lines = await app.InDbAsync(db =>
            db.Events.Where(e => e.AccountId == account.Value && e.Kind == kind).ToListAsync()
        );
        return [.. lines.Select(line => JsonSerializer.Deserialize<T>(line.Payload, ModerationDb.Json)!)];
    }
}
