// Claims under races: never two live ones on a case, never a write under one that has ended.
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Triage;

public sealed class ClaimTests(App app, PostgresCluster cluster) : IClassFixture<App>
{
    [Fact]
    public async Task Of_sixteen_who_claim_one_case_at_once_one_gets_it_and_the_others_learn_who()
    {
        var people = await PeopleAsync(app, 16);
        for (var round = 0; round < 10; round++)
        {
            var seeded = await app.CaseAsync();

            var answers = await Task.WhenAll(people.Select(p => p.ClaimAsync(seeded.Id)));

            var won = answers.Where(a => a.IsSuccessStatusCode).ToList();
            won.Count.ShouldBe(1);
            var claim = await TriageData.ReadAsync<ClaimShape>(won[0]);
            foreach (var lost in answers.Where(a => !a.IsSuccessStatusCode))
            {
                lost.StatusCode.ShouldBe(HttpStatusCode.Conflict);
                var problem = await TriageData.ReadAsync<JsonElement>(lost);
                problem.GetProperty("code").GetString().ShouldBe("claim.held");
                problem.GetProperty("holder").GetString().ShouldBe(claim.Holder);
                problem
                    .GetProperty("lease_expires_at")
                    .GetDateTimeOffset()
                    .ShouldBe(claim.LeaseExpiresAt, TimeSpan.FromMilliseconds(1));
            }
            (await LiveOfAsync(app, seeded.Id)).ShouldBe(1);
            var winner = people.Single(p => p.Member.Pseudonym == claim.Holder);
            (await winner.Http.PostAsync($"/v1/claims/{claim.Id}:release", null)).EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public async Task Sixteen_who_pull_forty_cases_never_get_the_same_one_and_get_them_all()
    {
        // A queue of its own: what other tests leave open would be pulled too.
        await using var own = await App.StartAsync(cluster);
        var people = await PeopleAsync(own, 16);
        var cases = new List<SeededCase>();
        for (var i = 0; i < 40; i++)
            cases.Add(await own.CaseAsync());

        // Three each is the cap, 48 in all: so each case finds its person and eight pulls find nothing.
        var pulled = await Task.WhenAll(people.Select(PullAllAsync));

        var got = pulled.SelectMany(p => p).ToList();
        got.Count.ShouldBe(40);
        got.Distinct().Count().ShouldBe(40);
        got.Order().ShouldBe(cases.Select(c => c.Id.ToString()).Order());
        var doubled = await own.InDbAsync(db =>
            db.Claims.Where(c => c.ReleasedAt == null).GroupBy(c => c.CaseId).CountAsync(g => g.Count() > 1)
        );
        doubled.ShouldBe(0);
    }

    [Fact]
    public async Task Claims_by_id_and_pulls_that_race_after_a_lease_ran_out_leave_one_live_claim()
    {
        // A queue of its own: what other tests leave open would be pulled too.
        await using var own = await App.StartAsync(cluster);
        var people = await PeopleAsync(own, 16);
        var sleeper = await own.StaffAsync(StaffRole.Analyst);
        for (var round = 0; round < 5; round++)
        {
            var seeded = await own.CaseAsync();
            var old = await sleeper.ClaimedAsync(seeded.Id);
            await own.ExpireLeasesAsync(seeded.Id);

            var answers = await Task.WhenAll(
                people.Select(
                    (p, i) => i % 2 == 0 ? p.ClaimAsync(seeded.Id) : p.Http.PostAsync("/v1/queues/general:next", null)
                )
            );

            answers.Count(a => a.IsSuccessStatusCode).ShouldBe(1);
            var claim = await TriageData.ReadAsync<ClaimShape>(answers.Single(a => a.IsSuccessStatusCode));
            claim.Fence.ShouldBe(old.Fence + 1);
            (await LiveOfAsync(own, seeded.Id)).ShouldBe(1);
            var ends = await own.InDbAsync(db => db.Claims.Where(c => c.CaseId == seeded.Id).ToListAsync());
            ends.Single(c => c.Fence == old.Fence).End.ShouldBe(ClaimEnd.Expired);
            var winner = people.Single(p => p.Member.Pseudonym == claim.Holder);
            var claimId = claim.Id;
            (await winner.Http.PostAsync($"/v1/claims/{claimId}:release", null)).EnsureSuccessStatusCode();
            // Out of the way of the next round's pulls.
            await own.InDbAsync(db =>
                db.Database.ExecuteSqlAsync($"update cases set status = 'Closed' where id = {seeded.Id.Value}")
            );
        }
    }

    [Fact]
    public async Task A_person_holds_three_cases_at_most_even_when_asking_for_six_at_once()
    {
        var person = await app.StaffAsync(StaffRole.Analyst);
        var cases = new List<SeededCase>();
        for (var i = 0; i < 6; i++)
            cases.Add(await app.CaseAsync());

        var answers = await Task.WhenAll(cases.Select(c => person.ClaimAsync(c.Id)));

        answers.Count(a => a.IsSuccessStatusCode).ShouldBe(3);
        foreach (var refused in answers.Where(a => !a.IsSuccessStatusCode))
            (await TriageData.CodeOfAsync(refused)).ShouldBe("claim.cap-reached");
    }

    [Fact]
    public async Task A_heartbeat_extends_a_live_lease_and_cannot_revive_an_ended_one()
    {
        var person = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await person.ClaimedAsync(seeded.Id);
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync($"update claims set lease_expires_at = now() + interval '1 minute'")
        );

        var extended = await TriageData.ReadAsync<ClaimShape>(
            await person.Http.PostAsync($"/v1/claims/{claim.Id}:heartbeat", null)
        );
        extended.LeaseExpiresAt.ShouldBeGreaterThan(claim.LeaseExpiresAt.AddSeconds(-1));
        await app.ExpireLeasesAsync(seeded.Id);
        using var late = await person.Http.PostAsync($"/v1/claims/{claim.Id}:heartbeat", null);
        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await TriageData.CodeOfAsync(late)).ShouldBe("claim.lost");
    }

    [Fact]
    public async Task A_heartbeat_keeps_a_claim_no_longer_than_four_hours()
    {
        var person = await app.StaffAsync(StaffRole.Analyst);
        var claim = await person.ClaimedAsync((await app.CaseAsync()).Id);
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync($"update claims set claimed_at = now() - interval '3 hours 55 minutes'")
        );

        var extended = await TriageData.ReadAsync<ClaimShape>(
            await person.Http.PostAsync($"/v1/claims/{claim.Id}:heartbeat", null)
        );

        extended.LeaseExpiresAt.ShouldBeLessThan(claim.LeaseExpiresAt.AddMinutes(-8));
    }

    [Fact]
    public async Task A_released_case_is_free_again_and_a_second_release_changes_nothing()
    {
        var person = await app.StaffAsync(StaffRole.Analyst);
        var other = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await person.ClaimedAsync(seeded.Id);

        using var theirs = await other.Http.PostAsync($"/v1/claims/{claim.Id}:release", null);
        theirs.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var first = await person.Http.PostAsync($"/v1/claims/{claim.Id}:release", null);
        first.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var next = await other.ClaimedAsync(seeded.Id);
        using var second = await person.Http.PostAsync($"/v1/claims/{claim.Id}:release", null);

        second.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        next.Fence.ShouldBe(claim.Fence + 1);
        (await LiveOfAsync(app, seeded.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task The_holder_who_claims_again_is_told_that_the_claim_is_theirs()
    {
        var person = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        await person.ClaimedAsync(seeded.Id);

        using var again = await person.ClaimAsync(seeded.Id);

        var problem = await TriageData.ReadAsync<JsonElement>(again);
        problem.GetProperty("code").GetString().ShouldBe("claim.held");
        problem.GetProperty("mine").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task An_id_of_another_kind_is_refused()
    {
        var person = await app.StaffAsync(StaffRole.Analyst);

        using var shown = await person.Http.GetAsync("/v1/cases/rpt_01k0000000000000000000000a");
        using var claimed = await person.Http.PostAsync("/v1/claims/nonsense:release", null);

        (await TriageData.CodeOfAsync(shown)).ShouldBe("id.wrong-kind");
        (await TriageData.CodeOfAsync(claimed)).ShouldBe("id.wrong-kind");
    }

    private static async Task<List<StaffLogin>> PeopleAsync(App server, int count)
    {
        var people = new List<StaffLogin>();
        for (var i = 0; i < count; i++)
            people.Add(await server.StaffAsync(StaffRole.Analyst));
        return people;
    }

    private static async Task<List<string>> PullAllAsync(StaffLogin who)
    {
        List<string> got = [];
        while (true)
        {
            using var answer = await who.Http.PostAsync("/v1/queues/general:next", null);
            if (!answer.IsSuccessStatusCode)
            {
                (await TriageData.CodeOfAsync(answer)).ShouldBeOneOf("queue.empty", "claim.cap-reached");
                return got;
            }
            got.Add((await TriageData.ReadAsync<ClaimShape>(answer)).CaseId);
        }
    }

    private static Task<int> LiveOfAsync(App server, CaseId id) =>
        server.InDbAsync(db => db.Claims.CountAsync(c => c.CaseId == id && c.ReleasedAt == null));
}
