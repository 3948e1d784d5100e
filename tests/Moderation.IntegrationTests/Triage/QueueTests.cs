// What staff see of the queue: its order, its pages, and that a lane one may not see does not exist.
using System.Net;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Triage;

public sealed class QueueTests(App app, PostgresCluster cluster) : IClassFixture<App>
{
    [Fact]
    public async Task Cases_stand_by_band_then_rank_and_pages_join_without_gap_or_repeat()
    {
        // A queue of its own: what other tests leave open would be pulled too.
        await using var own = await App.StartAsync(cluster);
        var start = own.Clock.GetUtcNow().AddHours(-1);
        var minor = await own.CaseAsync(severity: Severity.S4, openedAt: start);
        var late = await own.CaseAsync(severity: Severity.S2, openedAt: start.AddMinutes(2));
        var early = await own.CaseAsync(severity: Severity.S2, openedAt: start.AddMinutes(1));
        // Opened last and placed first of its band: high risk is worth 1 h 48 of 8 h.
        var risky = await own.CaseAsync(severity: Severity.S2, riskShare: 0.75, openedAt: start.AddMinutes(3));
        var severe = await own.CaseAsync(severity: Severity.S1, openedAt: start.AddMinutes(4));
        var analyst = await own.StaffAsync(StaffRole.Analyst);

        List<string> seen = [];
        string? cursor = null;
        do
        {
            var address = $"/v1/cases?queue=general&status=open&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}";
            var page = await TriageData.ReadAsync<Page<CaseRow>>(await analyst.Http.GetAsync(address));
            page.Items.Count.ShouldBeInRange(1, 2);
            seen.AddRange(page.Items.Select(row => row.Id));
            cursor = page.Next;
        } while (cursor is not null);

        seen.ShouldBe([.. new[] { severe, risky, early, late, minor }.Select(c => c.Id.ToString())]);
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        await app.CaseAsync();
        await app.CaseAsync();
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var page = await TriageData.ReadAsync<Page<CaseRow>>(await analyst.Http.GetAsync("/v1/cases?limit=1"));

        foreach (var bad in new[] { $"status=closed&cursor={page.Next}", "cursor=nonsense", "cursor=e30" })
        {
            using var answer = await analyst.Http.GetAsync($"/v1/cases?{bad}");

            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await TriageData.CodeOfAsync(answer)).ShouldBe("cursor.invalid");
        }
    }

    [Theory]
    [InlineData("limit=0", "request.invalid", 400)]
    [InlineData("limit=201", "request.invalid", 400)]
    [InlineData("status=odd", "request.invalid", 400)]
    [InlineData("limit=many", "id.wrong-kind", 400)]
    [InlineData("queue=nope", "queue.not-found", 404)]
    public async Task A_list_that_cannot_be_is_refused(string query, string code, int status)
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);

        using var answer = await analyst.Http.GetAsync($"/v1/cases?{query}");

        ((int)answer.StatusCode).ShouldBe(status);
        (await TriageData.CodeOfAsync(answer)).ShouldBe(code);
    }

    [Fact]
    public async Task Without_the_grant_the_child_safety_lane_answers_the_same_bytes_as_if_it_were_empty()
    {
        // A queue of its own: what other tests leave open would be pulled too.
        await using var own = await App.StartAsync(cluster);
        await own.CaseAsync(severity: Severity.S3);
        var analyst = await own.StaffAsync(StaffRole.Analyst);
        string[] addresses = ["/v1/queues", "/v1/cases", "/v1/cases?status=closed", "/v1/cases?limit=1"];
        var before = await TextsAsync(analyst, addresses);

        var hidden = await own.CaseAsync(lane: Lane.ChildSafety, severity: Severity.S0);

        (await TextsAsync(analyst, addresses)).ShouldBe(before);
        using var shown = await analyst.Http.GetAsync($"/v1/cases/{hidden.Id}");
        using var absent = await analyst.Http.GetAsync($"/v1/cases/{CaseId.New(own.Clock.GetUtcNow())}");
        (await WithoutTraceAsync(shown)).ShouldBe(await WithoutTraceAsync(absent));
        using var claimed = await analyst.ClaimAsync(hidden.Id);
        using var nothing = await analyst.ClaimAsync(CaseId.New(own.Clock.GetUtcNow()));
        (await WithoutTraceAsync(claimed)).ShouldBe(await WithoutTraceAsync(nothing));
        // Band 0 stands before everything, and still the next case is the other one.
        var next = await TriageData.ReadAsync<ClaimShape>(
            await analyst.Http.PostAsync("/v1/queues/general:next", null)
        );
        next.CaseId.ShouldNotBe(hidden.Id.ToString());
        using var empty = await analyst.Http.PostAsync("/v1/queues/general:next", null);
        (await TriageData.CodeOfAsync(empty)).ShouldBe("queue.empty");

        using var decided = await analyst.Http.SendAsync(
            TriageData.Decision(hidden, next, TriageData.NoViolation(hidden))
        );
        (await TriageData.CodeOfAsync(decided)).ShouldBe("case.not-found");

        var granted = await own.StaffAsync(StaffRole.Analyst, childSafety: true);
        var first = await TriageData.ReadAsync<ClaimShape>(
            await granted.Http.PostAsync("/v1/queues/general:next", null)
        );
        first.CaseId.ShouldBe(hidden.Id.ToString());
    }

    [Theory]
    [InlineData(StaffRole.Custodian)]
    [InlineData(StaffRole.Admin)]
    public async Task Who_may_not_see_cases_is_kept_out(StaffRole role)
    {
        var member = await app.StaffAsync(role);

        foreach (var address in new[] { "/v1/queues", "/v1/cases", "/v1/policy" })
        {
            using var answer = await member.Http.GetAsync(address);
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task Who_may_see_but_not_decide_claims_nothing()
    {
        var seeded = await app.CaseAsync();
        var auditor = await app.StaffAsync(StaffRole.Auditor);

        using var answer = await auditor.ClaimAsync(seeded.Id);

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static async Task<List<string>> TextsAsync(StaffLogin who, string[] addresses)
    {
        List<string> texts = [];
        foreach (var address in addresses)
            texts.Add(await who.Http.GetStringAsync(address));
        return texts;
    }

    private static async Task<string> WithoutTraceAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return $"{answer.StatusCode} "
            + System.Text.RegularExpressions.Regex.Replace(text, "\"trace_id\":\"[^\"]*\"", "");
    }
}
