// Second looks: who is asked, who is not, what agreement and difference lead to.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed class SecondLookTests(GraceApp app) : IClassFixture<GraceApp>
{
    [Fact]
    public async Task A_ban_waits_for_a_second_person_and_leaves_after_both_agree()
    {
        var (first, second) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Analyst));
        var seeded = await app.CaseAsync(severity: Severity.S1);
        var decision = await app.DecideAsync(first, seeded, DecisionDesk.Ban(seeded));
        decision.State.ShouldBe("in_review");
        decision.SecondLook.ShouldBe(["ban"]);
        await app.LetGoAsync(seeded);
        (await app.LeftAsync(seeded)).ShouldBeEmpty();

        using var answer = await second.LookAsync((await app.ReviewOfAsync(seeded)).Id, DecisionDesk.Ban(seeded));

        var looked = await answer.ShouldBeAsync<ReviewDetail>(200);
        looked.Review.State.ShouldBe("agreed");
        looked.Opinions.Count.ShouldBe(2);
        (await app.StatusAsync(seeded)).ShouldBe(CaseStatus.Grace);
        (await app.LeftAsync(seeded)).ShouldBeEmpty();
        await app.LetGoAsync(seeded);
        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind]);
        (await app.EventAsync<AccountSuspended>(seeded, AccountSuspended.Kind)).Until.ShouldBeNull();
    }

    [Fact]
    public async Task Every_outcome_in_child_safety_waits_also_no_violation()
    {
        var first = await app.StaffAsync(StaffRole.Analyst, childSafety: true);
        var seeded = await app.CaseAsync(lane: Lane.ChildSafety);

        var decision = await app.DecideAsync(first, seeded, TriageData.NoViolation(seeded));

        decision.State.ShouldBe("in_review");
        decision.SecondLook.ShouldBe(["child_safety"]);
        var stranger = await app.StaffAsync(StaffRole.Senior);
        using var claimed = await stranger.ClaimReviewAsync((await app.ReviewOfAsync(seeded)).Id);
        (await TriageData.CodeOfAsync(claimed)).ShouldBe("review.not-found");
        using var list = await stranger.Http.GetAsync("/v1/reviews?limit=200");
        (await list.Content.ReadAsStringAsync()).ShouldNotContain(seeded.Id.ToString());
    }

    [Fact]
    public async Task Where_two_agree_within_a_step_the_milder_duration_stands()
    {
        var (first, second) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Analyst));
        var seeded = await app.CaseAsync();
        await app.DecideAsync(first, seeded, Longer(seeded, 40));

        using var answer = await second.LookAsync((await app.ReviewOfAsync(seeded)).Id, Longer(seeded, 29));
        (await answer.ShouldBeAsync<ReviewDetail>(200)).Review.State.ShouldBe("agreed");
        await app.LetGoAsync(seeded);

        var said = await app.EventAsync<AccountSuspended>(seeded, AccountSuspended.Kind);
        (said.Until - said.Header.OccurredAt).ShouldBe(TimeSpan.FromDays(29));
    }

    [Fact]
    public async Task Neither_the_decider_nor_who_has_seen_the_case_since_may_look_again()
    {
        var (first, seen) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Analyst));
        var before = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        (await before.Http.GetAsync($"/v1/cases/{seeded.Id}")).EnsureSuccessStatusCode();
        await app.DecideAsync(first, seeded, DecisionDesk.Ban(seeded));
        (await seen.Http.GetAsync($"/v1/cases/{seeded.Id}")).EnsureSuccessStatusCode();
        var review = await app.ReviewOfAsync(seeded);

        using var own = await first.ClaimReviewAsync(review.Id);
        using var known = await seen.ClaimReviewAsync(review.Id);
        using var free = await before.ClaimReviewAsync(review.Id);
        using var late = await (await app.StaffAsync(StaffRole.Analyst)).ClaimReviewAsync(review.Id);

        (await TriageData.CodeOfAsync(own)).ShouldBe("review.excluded-decider");
        (await TriageData.CodeOfAsync(known)).ShouldBe("review.excluded-seen");
        await free.ShouldBeAsync<ClaimShape>(200);
        (await TriageData.CodeOfAsync(late)).ShouldBe("claim.held");
        var rows = await (await first.Http.GetAsync("/v1/reviews?limit=200")).ShouldBeAsync<Page<ReviewRow>>(200);
        rows.Items.Single(r => r.CaseId == seeded.Id.ToString()).WhyNot.ShouldBe("review.excluded-decider");
    }

    [Theory]
    [InlineData("first", true)]
    [InlineData("second", false)]
    [InlineData("third", true)]
    public async Task Where_they_differ_a_senior_who_is_neither_rules_with_either_or_a_third(
        string ruling,
        bool suspends
    )
    {
        var (first, second) = (await app.StaffAsync(StaffRole.Senior), await app.StaffAsync(StaffRole.Senior));
        var (senior, analyst) = (await app.StaffAsync(StaffRole.Senior), await app.StaffAsync(StaffRole.Analyst));
        var seeded = await app.CaseAsync();
        await app.DecideAsync(first, seeded, DecisionDesk.Ban(seeded));
        var review = await app.ReviewOfAsync(seeded);
        using var differs = await second.LookAsync(review.Id, TriageData.NoViolation(seeded));
        (await differs.ShouldBeAsync<ReviewDetail>(200)).Review.State.ShouldBe("differs");
        (await app.StatusAsync(seeded)).ShouldBe(CaseStatus.Adjudication);
        foreach (var (who, code) in new[] { (first, "one-of-the-two"), (second, "one-of-the-two") })
        {
            using var refused = await who.ClaimReviewAsync(review.Id);
            (await TriageData.CodeOfAsync(refused)).ShouldBe($"review.excluded-{code}");
        }
        using var tooJunior = await analyst.ClaimReviewAsync(review.Id);
        (await TriageData.CodeOfAsync(tooJunior)).ShouldBe("case.senior-needed");

        using var claimed = await senior.ClaimReviewAsync(review.Id);
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);
        using var shown = await senior.Http.GetAsync($"/v1/reviews/{review.Id}");
        var both = (await shown.ShouldBeAsync<ReviewDetail>(200)).Opinions;
        both.Select(o => o.Label).ShouldBe(["a", "b"]);
        var label = ruling switch
        {
            "first" => both.Single(o => o.Action == "ban").Label,
            "second" => both.Single(o => o.Outcome == "no_violation").Label,
            _ => "third",
        };
        using var ruled = await senior.Http.SendAsync(
            DecisionDesk.Under(
                claim,
                $"/v1/reviews/{review.Id}:rule",
                new
                {
                    ruling = label,
                    reason = "Seen both.",
                    decision = ruling == "third" ? TriageData.Suspend(seeded).Unseen() : null,
                }
            )
        );
        (await ruled.ShouldBeAsync<ReviewDetail>(200)).Review.State.ShouldBe("settled");
        await app.LetGoAsync(seeded);

        (await app.StatusAsync(seeded)).ShouldBe(CaseStatus.Closed);
        (await app.LeftAsync(seeded)).ShouldBe(suspends ? [AccountSuspended.Kind] : []);
        var states = await app.InDbAsync(db =>
            db.Decisions.Where(d => d.CaseId == seeded.Id).OrderBy(d => d.DecidedAt).Select(d => d.State).ToListAsync()
        );
        states.ShouldBe(
            ruling == "first" ? [DecisionState.Released] : [DecisionState.SetAside, DecisionState.Released]
        );
        (await app.InDbAsync(db => db.Strikes.CountAsync(s => s.AccountId == seeded.Account))).ShouldBe(
            suspends ? 1 : 0
        );
    }

    [Fact]
    public async Task An_interim_measure_works_at_once_and_ends_with_the_withdrawal()
    {
        var first = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var body = DecisionDesk.Ban(seeded);
        body["interim"] = new { action = "suspend", duration_seconds = 72 * 3600 };
        var decision = await app.DecideAsync(first, seeded, body);
        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind]);

        using var undone = await first.Http.PostAsync($"/v1/decisions/{decision.Id}:undo", null);

        (await undone.ShouldBeAsync<UndoneShape>(200)).Decision.State.ShouldBe("withdrawn");
        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind, AccountReinstated.Kind]);
        (await app.ReviewOfAsync(seeded)).State.ShouldBe(ReviewState.Void);
    }

    [Theory]
    [InlineData("S0", "ban", 72 * 3600 + 1)]
    [InlineData("S2", "suspend", 3600)]
    public async Task An_interim_measure_is_for_grave_cases_and_three_days(string severity, string action, int seconds)
    {
        var first = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await first.ClaimedAsync(seeded.Id);
        var body = action == "ban" ? DecisionDesk.Ban(seeded) : TriageData.Suspend(seeded).Unseen();
        body["severity"] = severity;
        body["interim"] = new { action = "suspend", duration_seconds = seconds };

        using var answer = await first.Http.SendAsync(TriageData.Decision(seeded, claim, body));

        (await TriageData.CodeOfAsync(answer)).ShouldBe("decision.interim-unfit");
        (await app.LeftAsync(seeded)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_analysts_decisions_are_all_drawn_and_hold_nothing_up()
    {
        var first = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        await app.DecideAsync(first, seeded, TriageData.Suspend(seeded).Unseen());
        await app.LetGoAsync(seeded);

        var sample = await app.ReviewOfAsync(seeded, ReviewKind.Sample);
        using var answer = await (await app.StaffAsync(StaffRole.Analyst)).LookAsync(
            sample.Id,
            TriageData.NoViolation(seeded)
        );

        (await answer.ShouldBeAsync<ReviewDetail>(200)).Review.State.ShouldBe("differs");
        (await app.StatusAsync(seeded)).ShouldBe(CaseStatus.Closed);
        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind]);
    }

    [Fact]
    public async Task Whoever_decides_otherwise_than_recommended_says_why_and_two_steps_up_need_a_second_look()
    {
        var first = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await first.ClaimedAsync(seeded.Id);
        var body = TriageData.Suspend(seeded, 30 * 86_400).Unseen();
        using var silent = await first.Http.SendAsync(TriageData.Decision(seeded, claim, body));
        (await TriageData.CodeOfAsync(silent)).ShouldBe("decision.deviation-missing");
        (body["deviation_code"], body["deviation_reason"]) = ("made_up", "Because.");
        using var unknown = await first.Http.SendAsync(TriageData.Decision(seeded, claim, body));
        (await TriageData.CodeOfAsync(unknown)).ShouldBe("decision.deviation-unknown");
        body["deviation_code"] = "aggravating";

        using var answer = await first.Http.SendAsync(TriageData.Decision(seeded, claim, body));

        var decision = await answer.ShouldBeAsync<DecisionShape>(201);
        decision.SecondLook.ShouldBe(["deviation_up"]);
        decision.Derivation!.Step.ShouldBe("suspend_3d");
    }

    [Fact]
    public async Task Points_of_earlier_decisions_raise_what_is_recommended_until_they_expire()
    {
        var first = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        await app.DecideAsync(first, seeded, TriageData.Suspend(seeded).Unseen());
        await app.LetGoAsync(seeded);
        var next = await app.AgainAsync(seeded);
        var address = $"/v1/cases/{next.Id}/recommendation?clause=harassment.targeted&severity=S2";

        var now = await (await first.Http.GetAsync(address)).ShouldBeAsync<DerivationShape>(200);
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update strikes set expires_at = now() - interval '1 second' where account_id = {seeded.Account.Value}"
            )
        );
        var later = await (await first.Http.GetAsync(address)).ShouldBeAsync<DerivationShape>(200);

        (now.ActivePoints, now.Points, now.Total, now.Step).ShouldBe((4, 4, 8, "suspend_30d"));
        (later.ActivePoints, later.Total, later.Step).ShouldBe((0, 4, "suspend_3d"));
        await app.DoAsync<Moderation.Features.Triage.DueAppeals>(due => due.SweepAsync(default));
        (await app.InDbAsync(db => db.Strikes.SingleAsync(s => s.AccountId == seeded.Account))).State.ShouldBe(
            StrikeState.Expired
        );
    }

    private static Dictionary<string, object?> Longer(SeededCase seeded, int days)
    {
        var body = TriageData.Suspend(seeded, days * 86_400L).Unseen();
        (body["deviation_code"], body["deviation_reason"]) = ("aggravating", "Planned, and others were hurt.");
        return body;
    }
}
