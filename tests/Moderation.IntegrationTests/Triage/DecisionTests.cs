// Decisions: what one writes, and that a repeat writes nothing.
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Triage;

public sealed class DecisionTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task A_suspension_closes_the_case_ends_the_claim_and_writes_its_event_once()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        await app.OpenedEvidenceAsync(seeded, analyst);

        using var answer = await analyst.Http.SendAsync(TriageData.Decision(seeded, claim, TriageData.Suspend(seeded)));

        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var decision = await TriageData.ReadAsync<DecisionShape>(answer);
        decision.RecommendedAction.ShouldBe("suspend");
        decision.DecidedBy.ShouldBe(analyst.Member.Pseudonym);
        var stored = await app.InDbAsync(db => db.Decisions.SingleAsync(d => d.CaseId == seeded.Id));
        stored.EvidenceOpened.ShouldBeTrue();
        stored.Citations.ShouldContain("digest");
        var closed = await app.InDbAsync(db => db.Cases.SingleAsync(c => c.Id == seeded.Id));
        (closed.Status, closed.Version, closed.SeverityIsEstimate).ShouldBe((CaseStatus.Closed, 2, false));
        var ended = await app.InDbAsync(db => db.Claims.SingleAsync(c => c.CaseId == seeded.Id));
        ended.End.ShouldBe(ClaimEnd.Done);

        var row = await app.InDbAsync(db => db.Enforcements.SingleAsync(e => e.AccountId == seeded.Account));
        row.Until.ShouldBe(row.StartsAt.AddDays(3));
        var lines = await app.InDbAsync(db => db.Events.Where(e => e.CaseId == seeded.Id.Value).ToListAsync());
        lines.Count(e => e.Kind == CaseDecided.Kind).ShouldBe(1);
        var said = lines.Single(e => e.Kind == AccountSuspended.Kind);
        var suspended = JsonSerializer.Deserialize<AccountSuspended>(said.Payload, ModerationDb.Json)!;
        suspended.Header.EventId.ShouldBe(said.Id.ToString());
        suspended.Header.DecisionId.ShouldBe(decision.Id);
        suspended.Header.AccountVersion.ShouldBe(1);
        suspended.Header.StateAfter.Suspended.ShouldBeTrue();
        suspended.Header.UserMessage.Keys.ShouldBe(["en", "de"], ignoreOrder: true);
        said.Payload.ShouldNotContain(analyst.Member.Pseudonym);
        said.Payload.ShouldNotContain(analyst.Member.Id.ToString());
        (await app.InDbAsync(db => db.Accounts.SingleAsync(a => a.Id == seeded.Account))).EnforcementVersion.ShouldBe(
            1
        );
    }

    [Fact]
    public async Task Friction_and_a_warning_say_their_own_events()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var limited = await app.CaseAsync();
        var body = TriageData.Suspend(limited);
        body["action"] = "friction";
        body["measures"] = new[] { "no_chat", "waiting_room_only" };
        body["decided_without_viewing"] = true;
        (body["deviation_code"], body["deviation_reason"]) = ("mitigating", "Provoked.");
        await DecidedAsync(analyst, limited, body);
        var warned = await app.CaseAsync();
        var warning = TriageData.Suspend(warned);
        warning["action"] = "warn";
        warning.Remove("duration_seconds");
        warning.Remove("citations");
        warning["decided_without_viewing"] = true;
        (warning["deviation_code"], warning["deviation_reason"]) = ("mitigating", "Provoked.");
        await DecidedAsync(analyst, warned, warning);

        var friction = await EventAsync<AccountFrictionApplied>(limited, AccountFrictionApplied.Kind);
        friction.Measures.Select(m => m.Measure).ShouldBe(["no_chat", "waiting_room_only"], ignoreOrder: true);
        (friction.PreviousRiskLevel, friction.RiskLevel).ShouldBe(("LOW", "MEDIUM"));
        friction.Header.StateAfter.Friction.Count.ShouldBe(2);
        var told = await EventAsync<AccountWarned>(warned, AccountWarned.Kind);
        told.Header.StateAfter.Suspended.ShouldBeFalse();
        (await app.InDbAsync(db => db.Enforcements.CountAsync(e => e.AccountId == warned.Account))).ShouldBe(0);
    }

    [Fact]
    public async Task A_repeat_gets_the_first_answer_and_changes_nothing()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        await app.OpenedEvidenceAsync(seeded, analyst);
        var body = TriageData.Suspend(seeded);
        HttpRequestMessage Again() => TriageData.Decision(seeded, claim, body, key: $"same-{seeded.Id}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => analyst.Http.SendAsync(Again())));

        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created);
        var texts = await Task.WhenAll(answers.Select(a => a.Content.ReadAsStringAsync()));
        texts.Distinct().Count().ShouldBe(1);
        answers.Count(a => a.Headers.Contains("Idempotency-Replayed")).ShouldBe(5);
        (await app.InDbAsync(db => db.Decisions.CountAsync(d => d.CaseId == seeded.Id))).ShouldBe(1);
        (await app.InDbAsync(db => db.Events.CountAsync(e => e.AccountId == seeded.Account.Value))).ShouldBe(1);

        body["rationale"] = "Another one.";
        using var other = await analyst.Http.SendAsync(Again());
        other.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await TriageData.CodeOfAsync(other)).ShouldBe("idempotency.key-reused");
    }

    [Fact]
    public async Task A_kept_answer_is_forgotten_after_a_day()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        var key = $"kept-{seeded.Id}";
        (
            await analyst.Http.SendAsync(TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded), key))
        ).EnsureSuccessStatusCode();

        Task ForgetAsync() => app.InDbAsync(db => new ForgetAnswers(db).RunAsync(default));
        await ForgetAsync();
        (await app.InDbAsync(db => db.IdempotencyKeys.CountAsync(k => k.Key == key))).ShouldBe(1);
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update idempotency_keys set at = now() - interval '25 hours' where key = {key}"
            )
        );
        await ForgetAsync();

        (await app.InDbAsync(db => db.IdempotencyKeys.CountAsync(k => k.Key == key))).ShouldBe(0);
    }

    [Fact]
    public async Task A_citation_may_reach_to_the_very_end_of_its_segment()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        // 2.007 × 1000 is a hair above 2007 in binary.
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update report_segments set duration_ms = 2007 where report_id = {seeded.Report.Value}"
            )
        );
        var body = TriageData.Suspend(seeded);
        body["decided_without_viewing"] = true;
        body["citations"] = new[]
        {
            new
            {
                report_id = seeded.Report.ToString(),
                segment = 1,
                to_seconds = 2.007,
            },
        };

        using var answer = await analyst.Http.SendAsync(TriageData.Decision(seeded, claim, body));

        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Two_decisions_on_one_account_at_once_take_one_version_each()
    {
        var first = await app.StaffAsync(StaffRole.Analyst);
        var second = await app.StaffAsync(StaffRole.Analyst);
        var one = await app.CaseAsync();
        var two = await app.CaseAsync();
        // The same subject in another lane: the open-case index allows one case a lane.
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update cases set subject_id = {one.Subject}, lane = 'ImminentHarm' where id = {two.Id.Value}"
            )
        );
        var claimOne = await first.ClaimedAsync(one.Id);
        var claimTwo = await second.ClaimedAsync(two.Id);
        var long_ = TriageData.Suspend(one, 14 * 86_400);
        var short_ = TriageData.Suspend(two, 86_400);
        long_["decided_without_viewing"] = short_["decided_without_viewing"] = true;
        long_["deviation_code"] = short_["deviation_code"] = "other";
        long_["deviation_reason"] = short_["deviation_reason"] = "Two lengths at once.";

        var answers = await Task.WhenAll(
            first.Http.SendAsync(TriageData.Decision(one, claimOne, long_)),
            second.Http.SendAsync(TriageData.Decision(two, claimTwo, short_))
        );

        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created);
        var versions = await app.InDbAsync(db =>
            db.Events.Where(e => e.AccountId == one.Subject)
                .OrderBy(e => e.AccountVersion)
                .Select(e => e.AccountVersion)
                .ToListAsync()
        );
        versions.ShouldBe([1, 2]);
    }

    private async Task<T> EventAsync<T>(SeededCase seeded, string kind)
    {
        var line = await app.InDbAsync(db => db.Events.SingleAsync(e => e.CaseId == seeded.Id.Value && e.Kind == kind));
        return JsonSerializer.Deserialize<T>(line.Payload, ModerationDb.Json)!;
    }

    private static async Task DecidedAsync(StaffLogin who, SeededCase seeded, object body)
    {
        var claim = await who.ClaimedAsync(seeded.Id);
        using var answer = await who.Http.SendAsync(TriageData.Decision(seeded, claim, body));
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
    }
}
