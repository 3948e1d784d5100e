// Appeals: never heard by who had a part, overturning reverses by itself and voids strikes, modifying puts another in place.
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed class AppealTests(GraceApp app) : IClassFixture<GraceApp>
{
    [Fact]
    public async Task Overturning_lifts_the_measure_voids_the_strike_and_opens_a_look_at_what_counted_it()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var decision = await ReleasedAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        var next = await app.AgainAsync(seeded);
        var later = TriageData.Suspend(next, 30 * 86_400).Unseen();
        await ReleasedAsync(analyst, next, later);
        var appeal = await FiledAsync(seeded, decision.Id);

        await HeardAsync(
            await app.StaffAsync(StaffRole.Senior),
            appeal.Id,
            new { outcome = "overturned", reasons = "Wrong person." }
        );
        (await app.LeftAsync(seeded)).ShouldNotContain(AccountReinstated.Kind);
        await app.LetGoAsync(seeded);

        var stored = await DecisionAsync(decision.Id);
        stored.State.ShouldBe(DecisionState.Overturned);
        var strikes = await app.InDbAsync(db => db.Strikes.Where(s => s.AccountId == seeded.Account).ToListAsync());
        strikes.Single(s => s.DecisionId == stored.Id).State.ShouldBe(StrikeState.Void);
        strikes.Single(s => s.DecisionId != stored.Id).State.ShouldBe(StrikeState.Active);
        (await app.ReviewOfAsync(next, ReviewKind.KnockOn)).State.ShouldBe(ReviewState.Waiting);
        (await ReceiptAsync(appeal.Id)).Outcome.ShouldBe("overturned");
    }

    [Fact]
    public async Task Overturning_the_only_measure_reinstates_the_account_by_appeal()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var decision = await ReleasedAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        var appeal = await FiledAsync(seeded, decision.Id);

        await HeardAsync(
            await app.StaffAsync(StaffRole.Senior),
            appeal.Id,
            new { outcome = "overturned", reasons = "Wrong." }
        );
        await app.LetGoAsync(seeded);

        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind, AccountReinstated.Kind]);
        var said = await app.EventAsync<AccountReinstated>(seeded, AccountReinstated.Kind);
        (said.Cause, said.Header.DecidedBy).ShouldBe(("appeal", DecidedBy.Appeal));
        said.Header.StateAfter.Suspended.ShouldBeFalse();
    }

    [Fact]
    public async Task What_the_fallen_decision_had_displaced_comes_back_for_the_rest_of_its_time()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        await ReleasedAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        var next = await app.AgainAsync(seeded);
        var longer = await ReleasedAsync(analyst, next, TriageData.Suspend(next, 30 * 86_400).Unseen());
        var appeal = await FiledAsync(next, longer.Id);

        await HeardAsync(
            await app.StaffAsync(StaffRole.Senior),
            appeal.Id,
            new { outcome = "overturned", reasons = "Wrong." }
        );
        await app.LetGoAsync(next);

        var standing = await app.InDbAsync(db =>
            db.Enforcements.Where(e => e.AccountId == seeded.Account && e.EndedAt == null).ToListAsync()
        );
        var first = await app.InDbAsync(db =>
            db.Enforcements.Where(e => e.AccountId == seeded.Account).OrderBy(e => e.StartsAt).FirstAsync()
        );
        standing.ShouldHaveSingleItem().Until.ShouldBe(first.Until);
        (
            await app.EventAsync<AccountSuspended>(seeded, AccountSuspended.Kind)
        ).Header.StateAfter.Suspended.ShouldBeTrue();
    }

    [Fact]
    public async Task Modifying_puts_a_milder_decision_in_its_place_with_the_strike_from_the_old_start()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var decision = await ReleasedAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        var old = await app.InDbAsync(db => db.Strikes.SingleAsync(s => s.AccountId == seeded.Account));
        var appeal = await FiledAsync(seeded, decision.Id);
        var milder = TriageData.Suspend(seeded).Unseen();
        (milder["severity"], milder["action"]) = ("S4", "warn");
        milder.Remove("duration_seconds");

        await HeardAsync(
            await app.StaffAsync(StaffRole.Senior),
            appeal.Id,
            new
            {
                outcome = "modified",
                reasons = "Less grave.",
                decision = milder,
            }
        );
        await app.LetGoAsync(seeded);

        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind, AccountWarned.Kind, AccountReinstated.Kind]);
        (await DecisionAsync(decision.Id)).State.ShouldBe(DecisionState.Superseded);
        var strikes = await app.InDbAsync(db => db.Strikes.Where(s => s.AccountId == seeded.Account).ToListAsync());
        strikes.Single(s => s.Id == old.Id).State.ShouldBe(StrikeState.Void);
        var fresh = strikes.Single(s => s.Id != old.Id);
        (fresh.Points, fresh.StartsAt, fresh.State).ShouldBe((1, old.StartsAt, StrikeState.Active));
    }

    [Fact]
    public async Task Nobody_who_had_a_part_can_hear_it_by_any_way()
    {
        var (decider, reviewer) = (await app.StaffAsync(StaffRole.Senior), await app.StaffAsync(StaffRole.Senior));
        var (judge, free) = (await app.StaffAsync(StaffRole.Senior), await app.StaffAsync(StaffRole.Senior));
        var seeded = await app.CaseAsync();
        var decision = await app.DecideAsync(decider, seeded, DecisionDesk.Ban(seeded));
        var review = await app.ReviewOfAsync(seeded);
        (await reviewer.LookAsync(review.Id, TriageData.NoViolation(seeded))).EnsureSuccessStatusCode();
        using var taken = await judge.ClaimReviewAsync(review.Id);
        var ruling = await taken.ShouldBeAsync<ClaimShape>(200);
        var both = await (await judge.Http.GetAsync($"/v1/reviews/{review.Id}")).ShouldBeAsync<ReviewDetail>(200);
        using var ruled = await judge.Http.SendAsync(
            DecisionDesk.Under(
                ruling,
                $"/v1/reviews/{review.Id}:rule",
                new { ruling = both.Opinions.Single(o => o.Action == "ban").Label, reason = "Clear." }
            )
        );
        await ruled.ShouldBeAsync(200);
        await app.LetGoAsync(seeded);
        var appeal = await FiledAsync(seeded, decision.Id);

        foreach (var who in new[] { decider, reviewer, judge })
        {
            using var refused = await who.Http.PostAsync($"/v1/appeals/{appeal.Id}:claim", null);
            (await TriageData.CodeOfAsync(refused)).ShouldBe("appeal.excluded-involved");
            var page = await (await who.Http.GetAsync("/v1/appeals?limit=200")).ShouldBeAsync<Page<AppealRow>>(200);
            page.Items.Single(a => a.Id == appeal.Id).WhyNot.ShouldBe("appeal.excluded-involved");
        }
        using var junior = await (await app.StaffAsync(StaffRole.Analyst)).Http.PostAsync(
            $"/v1/appeals/{appeal.Id}:claim",
            null
        );
        (await TriageData.CodeOfAsync(junior)).ShouldBe("case.senior-needed");
        using var claimed = await free.Http.PostAsync($"/v1/appeals/{appeal.Id}:claim", null);
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);

        // As if the claim had been handed over to the decider: it is no way round the rule either.
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update claims set staff_id = {decider.Member.Id.Value} where case_id = {seeded.Id.Value} and released_at is null"
            )
        );
        using var decided = await decider.Http.SendAsync(
            DecisionDesk.Under(claim, $"/v1/appeals/{appeal.Id}:decide", new { outcome = "upheld", reasons = "Mine." })
        );
        (await TriageData.CodeOfAsync(decided)).ShouldBe("appeal.excluded-involved");
    }

    [Fact]
    public async Task One_side_appeals_once_and_once_more_on_new_material_after_the_first_is_decided()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var decision = await app.DecideAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        (await CodeAsync(await FileAsync(seeded, decision.Id))).ShouldBe("appeal.decision-not-found");
        await app.LetGoAsync(seeded);
        var stranger = await app.CaseAsync();
        (await CodeAsync(await FileAsync(stranger, decision.Id))).ShouldBe("appeal.decision-not-found");
        var first = await FiledAsync(seeded, decision.Id);

        (await CodeAsync(await FileAsync(seeded, decision.Id))).ShouldBe("appeal.already-filed");
        (await CodeAsync(await FileAsync(seeded, decision.Id, "A recording."))).ShouldBe("appeal.already-filed");
        await HeardAsync(
            await app.StaffAsync(StaffRole.Senior),
            first.Id,
            new { outcome = "upheld", reasons = "It stands." }
        );
        await app.LetGoAsync(seeded);
        (await CodeAsync(await FileAsync(seeded, decision.Id))).ShouldBe("appeal.already-filed");

        using var again = await FileAsync(seeded, decision.Id, "A recording.");
        await again.ShouldBeAsync<AppealReceipt>(201);
        (await app.LeftAsync(seeded)).ShouldBe([AccountSuspended.Kind]);
    }

    [Fact]
    public async Task The_window_closes_and_what_was_asked_may_be_answered_or_run_out()
    {
        var (analyst, senior) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Senior));
        var seeded = await app.CaseAsync();
        var decision = await ReleasedAsync(analyst, seeded, TriageData.Suspend(seeded).Unseen());
        var appeal = await FiledAsync(seeded, decision.Id);
        using var claimed = await senior.Http.PostAsync($"/v1/appeals/{appeal.Id}:claim", null);
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);
        object Ask(int days) => new { question = "Who was with you?", until = app.Clock.GetUtcNow().AddDays(days) };

        using var tooLong = await senior.Http.SendAsync(
            DecisionDesk.Under(claim, $"/v1/appeals/{appeal.Id}:ask", Ask(15))
        );
        (await TriageData.CodeOfAsync(tooLong)).ShouldBe("appeal.until-out-of-range");
        using var asked = await senior.Http.SendAsync(
            DecisionDesk.Under(claim, $"/v1/appeals/{appeal.Id}:ask", Ask(13))
        );
        (await asked.ShouldBeAsync<AppealRow>(200)).State.ShouldBe("awaiting_appellant");
        using var platform = await app.PlatformAsync();
        using var answered = await platform.PostAsJsonAsync(
            $"/v1/appeals/{appeal.Id}:answer",
            new { account_id = $"ext-{seeded.Account}", text = "My sister." }
        );
        (await answered.ShouldBeAsync<AppealReceipt>(200)).State.ShouldBe("in_progress");
        using var withdrawn = await platform.PostAsJsonAsync(
            $"/v1/appeals/{appeal.Id}:withdraw",
            new { account_id = $"ext-{seeded.Account}" }
        );
        (await withdrawn.ShouldBeAsync<AppealReceipt>(200)).State.ShouldBe("withdrawn");

        var old = await app.CaseAsync();
        var late = await ReleasedAsync(analyst, old, TriageData.Suspend(old).Unseen());
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update decisions set released_at = now() - interval '185 days' where case_id = {old.Id.Value}"
            )
        );
        (await CodeAsync(await FileAsync(old, late.Id))).ShouldBe("appeal.window-closed");
    }

    private async Task<DecisionShape> ReleasedAsync(StaffLogin who, SeededCase seeded, object body)
    {
        var decision = await app.DecideAsync(who, seeded, body);
        await app.LetGoAsync(seeded);
        return decision;
    }

    private async Task<HttpResponseMessage> FileAsync(SeededCase seeded, string decision, string? material = null)
    {
        var platform = await app.PlatformAsync();
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/appeals")
        {
            Content = JsonContent.Create(
                new
                {
                    decision_id = decision,
                    account_id = $"ext-{seeded.Account}",
                    statement = "It was not me.",
                    new_material = material,
                }
            ),
        };
        request.Headers.Add("Idempotency-Key", RandomNumberGenerator.GetHexString(16));
        return await platform.SendAsync(request);
    }

    private async Task<AppealReceipt> FiledAsync(SeededCase seeded, string decision)
    {
        using var answer = await FileAsync(seeded, decision);
        return await answer.ShouldBeAsync<AppealReceipt>(201);
    }

    private static async Task HeardAsync(StaffLogin senior, string appeal, object body)
    {
        using var claimed = await senior.Http.PostAsync($"/v1/appeals/{appeal}:claim", null);
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);
        using var decided = await senior.Http.SendAsync(
            DecisionDesk.Under(claim, $"/v1/appeals/{appeal}:decide", body)
        );
        (await decided.ShouldBeAsync<AppealRow>(200)).State.ShouldBe("grace");
    }

    private async Task<AppealReceipt> ReceiptAsync(string appeal)
    {
        using var platform = await app.PlatformAsync();
        return await (await platform.GetAsync($"/v1/appeals/{appeal}/receipt")).ShouldBeAsync<AppealReceipt>(200);
    }

    private Task<Decision> DecisionAsync(string id)
    {
        DecisionId.TryParse(id, null, out var parsed).ShouldBeTrue();
        return app.InDbAsync(db => db.Decisions.SingleAsync(d => d.Id == parsed));
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        using (answer)
            return await TriageData.CodeOfAsync(answer);
    }
}
