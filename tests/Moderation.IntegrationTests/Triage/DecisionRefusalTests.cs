// Decisions: every way to be refused, and that a refused one writes nothing.
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed class DecisionRefusalTests(App app) : IClassFixture<App>
{
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
            { "suspend", "action", "ban", "decision.not-for-action" },
            { "suspend", "action", "exile", "request.invalid" },
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
