// Corrections without an appeal: two seniors reverse, one reopens; labels with an end; what the reporter hears; quality figures.
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed class CorrectionTests(GraceApp app) : IClassFixture<GraceApp>
{
    [Fact]
    public async Task Two_different_seniors_reverse_a_decision_and_one_of_them_cannot()
    {
        var (analyst, seeded, decision) = await SuspendedAsync();
        var (one, two) = (await app.StaffAsync(StaffRole.Senior), await app.StaffAsync(StaffRole.Senior));

        (await CodeAsync(analyst, decision, "Mine.")).ShouldBe("case.senior-needed");
        (await CodeAsync(one, decision, " ")).ShouldBe("case.reason-missing");
        (await ReverseAsync(one, decision)).State.ShouldBe("asked");
        (await ReverseAsync(one, decision)).State.ShouldBe("asked");
        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind]);
        (await ReverseAsync(two, decision)).State.ShouldBe("reversed");
        (await ReverseAsync(two, decision)).State.ShouldBe("reversed");

        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind, AccountReinstated.Kind]);
        (await app.EventAsync<AccountReinstated>(seeded, AccountReinstated.Kind)).Cause.ShouldBe("review");
        (
            await app.InDbAsync(db =>
                db.Strikes.AnyAsync(s =>
                    s.AccountId == seeded.Account && s.State == Domain.Enforcements.StrikeState.Active
                )
            )
        ).ShouldBeFalse();
    }

    [Fact]
    public async Task A_senior_reopens_a_closed_case_with_a_reason_unless_another_is_open()
    {
        var (analyst, seeded, _) = await SuspendedAsync();
        var senior = await app.StaffAsync(StaffRole.Senior);
        Task<HttpResponseMessage> ReopenAsync(StaffLogin who, SeededCase about, string? reason) =>
            who.Http.PostAsJsonAsync($"/v1/cases/{about.Id}:reopen", new { reason });

        using var junior = await ReopenAsync(analyst, seeded, "Please.");
        (await TriageData.CodeOfAsync(junior)).ShouldBe("case.senior-needed");
        using var silent = await ReopenAsync(senior, seeded, null);
        (await TriageData.CodeOfAsync(silent)).ShouldBe("case.reason-missing");
        var other = await app.AgainAsync(seeded);
        using var second = await ReopenAsync(senior, seeded, "New facts.");
        (await TriageData.CodeOfAsync(second)).ShouldBe("case.other-open");
        await app.DecideAsync(analyst, other, TriageData.NoViolation(other));
        await app.LetGoAsync(other);

        using var reopened = await ReopenAsync(senior, seeded, "New facts.");

        (await reopened.ShouldBeAsync<CaseRow>(200)).Status.ShouldBe("open");
    }

    [Fact]
    public async Task A_label_counts_until_its_end_or_its_removal_and_stays_in_sight()
    {
        var (analyst, senior) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Senior));
        var seeded = await app.CaseAsync();
        var now = app.Clock.GetUtcNow();

        using var tooLong = await LabelAsync(analyst, seeded, "raid_wave", now.AddDays(91));
        (await TriageData.CodeOfAsync(tooLong)).ShouldBe("label.end-out-of-range");
        using var tooJunior = await LabelAsync(analyst, seeded, "protected", now.AddDays(300));
        (await TriageData.CodeOfAsync(tooJunior)).ShouldBe("label.senior-needed");
        using var set = await LabelAsync(analyst, seeded, "raid_wave", now.AddDays(90));
        var label = await set.ShouldBeAsync<LabelShape>(201);
        using var removed = await analyst.Http.PostAsync($"/v1/labels/{label.Id}:remove", null);
        (await removed.ShouldBeAsync<LabelShape>(200)).Counts.ShouldBeFalse();
        var all = await (await senior.Http.GetAsync($"/v1/labels?subject={seeded.Account}")).ShouldBeAsync<
            Page<LabelShape>
        >(200);
        all.Items.ShouldHaveSingleItem().SetBy.ShouldBe(analyst.Member.Pseudonym);

        using var guarded = await LabelAsync(senior, seeded, "protected", now.AddDays(300));
        await guarded.ShouldBeAsync<LabelShape>(201);
        var decision = await app.DecideAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        decision.SecondLook.ShouldBe(["protected_account"]);
    }

    [Fact]
    public async Task The_reporter_hears_the_outcome_after_release_and_never_what_was_done()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var reporter = await app.InDbAsync(db =>
            db.Reports.Where(r => r.Id == seeded.Report).Select(r => r.ReporterId).SingleAsync()
        );
        using var host = await app.HostAsync(reporter);
        async Task<TimelineEntry?> DecidedAsync(string text = "decided")
        {
            using var answer = await host.GetAsync($"/v1/reports/{seeded.Report}/timeline");
            (await answer.Content.ReadAsStringAsync()).ShouldNotContain("suspend");
            return (await answer.ShouldBeAsync<Page<TimelineEntry>>(200)).Items.SingleOrDefault(e => e.Step == text);
        }

        await app.DecideAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        (await DecidedAsync()).ShouldBeNull();
        (await DecidedAsync("in_review")).ShouldNotBeNull();
        await app.LetGoAsync(seeded);

        var heard = (await DecidedAsync()).ShouldNotBeNull();
        heard.Outcome.ShouldBe("action_taken");
        heard.Text!.Keys.ShouldBe(["en", "de"], ignoreOrder: true);
    }

    [Fact]
    public async Task Agreement_is_shown_from_thirty_pairs_on_and_to_seniors_alone()
    {
        var (analyst, senior) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Senior));
        using var refused = await analyst.Http.GetAsync("/v1/quality");
        ((int)refused.StatusCode).ShouldBe(403);
        var (_, seeded, _) = await SuspendedAsync();
        var sample = await app.ReviewOfAsync(seeded, ReviewKind.Sample);
        (
            await (await app.StaffAsync(StaffRole.Analyst)).LookAsync(sample.Id, TriageData.Suspend(seeded).Unseen())
        ).EnsureSuccessStatusCode();

        var figures = await (await senior.Http.GetAsync("/v1/quality")).ShouldBeAsync<QualityShape>(200);

        figures.Pairs.ShouldBe(1);
        figures.Outcome.ShouldBeNull();
    }

    private async Task<(StaffLogin Analyst, SeededCase Case, string Decision)> SuspendedAsync()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var decision = await app.DecideAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        await app.LetGoAsync(seeded);
        return (analyst, seeded, decision.Id);
    }

    private static Task<HttpResponseMessage> LabelAsync(
        StaffLogin who,
        SeededCase about,
        string code,
        DateTimeOffset end
    )
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/labels")
        {
            Content = JsonContent.Create(
                new
                {
                    subject_kind = "account",
                    subject = about.Account.ToString(),
                    code,
                    meaning = "neutral",
                    reason = "Seen in three meetings.",
                    ends_at = end,
                }
            ),
        };
        request.Headers.Add("Idempotency-Key", RandomNumberGenerator.GetHexString(16));
        return who.Http.SendAsync(request);
    }

    private static async Task<ReversalShape> ReverseAsync(StaffLogin who, string decision)
    {
        using var answer = await who.Http.PostAsJsonAsync(
            $"/v1/decisions/{decision}:reverse",
            new { reason = "Wrong person." }
        );
        return await answer.ShouldBeAsync<ReversalShape>(200);
    }

    private static async Task<string?> CodeAsync(StaffLogin who, string decision, string reason)
    {
        using var answer = await who.Http.PostAsJsonAsync($"/v1/decisions/{decision}:reverse", new { reason });
        return await TriageData.CodeOfAsync(answer);
    }
}
