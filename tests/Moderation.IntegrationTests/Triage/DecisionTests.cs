// Decisions: what one writes, that a repeat writes nothing, and every way to be refused.
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
        await DecidedAsync(analyst, limited, body);
        var warned = await app.CaseAsync();
        var warning = TriageData.Suspend(warned);
        warning["action"] = "warn";
        warning.Remove("duration_seconds");
        warning.Remove("citations");
        warning["decided_without_viewing"] = true;
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
    public async Task A_write_under_an_expired_claim_is_refused_even_if_nobody_has_claimed_since()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        await app.ExpireLeasesAsync(seeded.Id);

        using var late = await analyst.Http.SendAsync(
            TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded))
        );

        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await TriageData.CodeOfAsync(late)).ShouldBe("claim.lost");
        await NothingWrittenAsync(seeded);
    }

    [Fact]
    public async Task A_write_under_an_older_fence_or_another_persons_claim_is_refused()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var other = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var old = await analyst.ClaimedAsync(seeded.Id);
        await app.ExpireLeasesAsync(seeded.Id);
        var live = await other.ClaimedAsync(seeded.Id);

        foreach (var claim in new[] { old, live, live with { Fence = old.Fence } })
        {
            using var late = await analyst.Http.SendAsync(
                TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded))
            );
            (await TriageData.CodeOfAsync(late)).ShouldBe("claim.lost");
        }
        await NothingWrittenAsync(seeded);
    }

    [Fact]
    public async Task A_stale_version_is_refused_with_who_changed_what_and_how_it_is_now()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        await app.InDbAsync(async db =>
        {
            var changed = await db.Cases.SingleAsync(c => c.Id == seeded.Id);
            changed.Version++;
            var line = db.Say("report.filed", new { report_id = seeded.Report.ToString() }, app.Clock.GetUtcNow());
            line.CaseId = seeded.Id.Value;
            line.Actor = seeded.Account.ToString();
            await db.SaveChangesAsync();
        });

        using var answer = await analyst.Http.SendAsync(
            TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded))
        );

        answer.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        var problem = await TriageData.ReadAsync<JsonElement>(answer);
        problem.GetProperty("code").GetString().ShouldBe("version.conflict");
        problem.GetProperty("changed_by").GetString().ShouldBe("Host");
        problem.GetProperty("changed").GetString().ShouldBe("A report was filed.");
        problem.GetProperty("current").GetProperty("row").GetProperty("version").GetInt32().ShouldBe(2);
        await NothingWrittenAsync(seeded);
        // The claim is still live: after reading again the decision goes through.
        using var again = await analyst.Http.SendAsync(
            TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded), version: 2)
        );
        again.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task What_a_decision_is_sent_with_is_asked_for_by_name()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        var body = TriageData.NoViolation(seeded);

        await RefusedAsync(analyst, TriageData.Decision(seeded, claim, body, key: ""), 400, "idempotency.key-missing");
        await RefusedAsync(
            analyst,
            TriageData.Decision(seeded, claim, body, version: null),
            428,
            "version.if-match-missing"
        );
        await RefusedAsync(analyst, TriageData.Decision(seeded, null, body), 428, "claim.missing");
        await NothingWrittenAsync(seeded);
    }

    public static TheoryData<string, string, object?, string> Unfit { get; } =
        new()
        {
            { "suspend", "clause", null, "decision.clause-missing" },
            { "suspend", "clause", "made.up", "decision.clause-unknown" },
            { "suspend", "severity", null, "decision.severity-missing" },
            { "suspend", "severity", "S9", "decision.severity-missing" },
            { "suspend", "duration_seconds", null, "decision.duration-missing" },
            { "suspend", "duration_seconds", 0, "decision.duration-out-of-range" },
            { "suspend", "duration_seconds", (180 * 86_400) + 1, "decision.duration-out-of-range" },
            { "suspend", "scope", "account", "decision.scope-unknown" },
            { "suspend", "measures", new[] { "no_chat" }, "decision.not-for-action" },
            { "suspend", "action", "friction", "decision.measure-missing" },
            { "suspend", "action", "warn", "decision.not-for-action" },
            { "suspend", "citations", null, "decision.citation-missing" },
            { "suspend", "outcome", "no_violation", "decision.not-for-outcome" },
            { "suspend", "outcome", "guilty", "request.invalid" },
            { "suspend", "action", "ban", "request.invalid" },
            { "suspend", "rationale", "", "request.invalid" },
            { "suspend", "rationale", null, "request.malformed" },
            { "suspend", "colour", "red", "request.malformed" },
            { "clear", "clause", "harassment.targeted", "decision.not-for-outcome" },
            { "clear", "action", "warn", "decision.not-for-outcome" },
            { "clear", "decided_without_viewing", false, "decision.evidence-not-opened" },
        };

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task A_decision_that_does_not_fit_together_is_refused(
        string kind,
        string member,
        object? value,
        string code
    )
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        var body = kind == "suspend" ? TriageData.Suspend(seeded) : TriageData.NoViolation(seeded);
        body[member] = value;
        if (kind == "suspend")
            body["decided_without_viewing"] = true;

        using var answer = await analyst.Http.SendAsync(TriageData.Decision(seeded, claim, body));

        (await TriageData.CodeOfAsync(answer)).ShouldBe(code);
        await NothingWrittenAsync(seeded);
    }

    [Theory]
    [InlineData(3, 0.0, 1.0)]
    [InlineData(-1, 0.0, 1.0)]
    [InlineData(1, 2.0, 1.0)]
    [InlineData(1, 0.0, 4.5)]
    [InlineData(1, -1.0, 1.0)]
    public async Task A_citation_that_points_at_nothing_is_refused(int segment, double from, double to)
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        var body = TriageData.Suspend(seeded);
        body["decided_without_viewing"] = true;
        body["citations"] = new[]
        {
            new
            {
                report_id = seeded.Report.ToString(),
                segment,
                from_seconds = from,
                to_seconds = to,
            },
        };

        await RefusedAsync(analyst, TriageData.Decision(seeded, claim, body), 422, "decision.citation-unresolved");
        await NothingWrittenAsync(seeded);
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
    public async Task A_citation_of_another_cases_report_is_refused()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var other = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        var body = TriageData.Suspend(seeded);
        body["decided_without_viewing"] = true;
        body["citations"] = new[] { new { report_id = other.Report.ToString(), segment = 1 } };

        await RefusedAsync(analyst, TriageData.Decision(seeded, claim, body), 422, "decision.citation-unresolved");
    }

    [Fact]
    public async Task A_meeting_cannot_be_suspended()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync(subject: SubjectKind.Meeting);
        var claim = await analyst.ClaimedAsync(seeded.Id);
        var body = TriageData.Suspend(seeded);
        body["decided_without_viewing"] = true;

        await RefusedAsync(analyst, TriageData.Decision(seeded, claim, body), 422, "decision.subject-not-account");
    }

    [Fact]
    public async Task Evidence_that_somebody_else_opened_is_not_evidence_that_this_person_opened()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var other = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        await app.OpenedEvidenceAsync(seeded, other);
        var claim = await analyst.ClaimedAsync(seeded.Id);

        await RefusedAsync(
            analyst,
            TriageData.Decision(seeded, claim, TriageData.Suspend(seeded)),
            422,
            "decision.evidence-not-opened"
        );
    }

    [Fact]
    public async Task A_decided_case_can_neither_be_claimed_nor_decided_again()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        (
            await analyst.Http.SendAsync(TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded)))
        ).EnsureSuccessStatusCode();

        using var claimed = await analyst.ClaimAsync(seeded.Id);
        (await TriageData.CodeOfAsync(claimed)).ShouldBe("case.not-open");
        await RefusedAsync(
            analyst,
            TriageData.Decision(seeded, claim, TriageData.NoViolation(seeded), version: 2),
            409,
            "claim.lost"
        );
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
        var long_ = TriageData.Suspend(one, 30 * 86_400);
        var short_ = TriageData.Suspend(two, 86_400);
        long_["decided_without_viewing"] = short_["decided_without_viewing"] = true;

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

    private static async Task RefusedAsync(StaffLogin who, HttpRequestMessage request, int status, string code)
    {
        using var answer = await who.Http.SendAsync(request);
        (await TriageData.CodeOfAsync(answer)).ShouldBe(code);
        ((int)answer.StatusCode).ShouldBe(status);
    }

    private async Task NothingWrittenAsync(SeededCase seeded)
    {
        (await app.InDbAsync(db => db.Decisions.CountAsync(d => d.CaseId == seeded.Id))).ShouldBe(0);
        (await app.InDbAsync(db => db.Enforcements.CountAsync(e => e.AccountId == seeded.Account))).ShouldBe(0);
        (await app.InDbAsync(db => db.Events.CountAsync(e => e.AccountId == seeded.Account.Value))).ShouldBe(0);
        var found = await app.InDbAsync(db => db.Cases.SingleAsync(c => c.Id == seeded.Id));
        found.Status.ShouldBe(CaseStatus.Open);
    }
}
