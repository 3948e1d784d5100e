// What the page of one case shows, and that looking leaves a trace.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed class CasePageTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task The_page_shows_reports_account_risk_rank_and_history_and_its_version_as_etag()
    {
        await app.FirstScoringAsync();
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync(riskShare: 0.75);
        var risk = new RiskShape("high", true, app.Clock.GetUtcNow(), "2026-11-01", [], ["org_age"]);
        await app.InDbAsync(async db =>
        {
            var account = await db.Accounts.SingleAsync(a => a.Id == seeded.Account);
            (account.RiskBand, account.RiskAssessment) = ("high", JsonSerializer.Serialize(risk, ModerationDb.Json));
            await db.SaveChangesAsync();
        });
        var claim = await analyst.ClaimedAsync(seeded.Id);

        using var answer = await analyst.Http.GetAsync($"/v1/cases/{seeded.Id}");
        var detail = await TriageData.ReadAsync<CaseDetail>(answer);

        answer.Headers.ETag!.ToString().ShouldBe("\"1\"");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        detail.Row.Claim.ShouldBe(claim, new ClaimComparer());
        (detail.Row.EvidenceState, detail.Row.SegmentsStored, detail.Row.SegmentsDeclared).ShouldBe(("complete", 3, 3));
        detail.Row.RiskBand.ShouldBe("high");
        detail.Account!.Risk!.Band.ShouldBe("high");
        detail.Account.Risk.Unknown.ShouldBe(["org_age"]);
        detail.Reports.ShouldHaveSingleItem().Segments.Select(s => s.Index).ShouldBe([0, 1, 2]);
        // 0.30 × 0.75 of 8 h.
        detail.Rank.RiskSeconds.ShouldBe(6_480);
        detail.Rank.PlacedEarlierSeconds.ShouldBe(6_480);
        detail
            .History.Select(h => (h.Actor, h.Text))
            .ShouldBe([
                (analyst.Member.Pseudonym, "Claimed the case."),
                (analyst.Member.Pseudonym, "Looked at the case."),
            ]);
    }

    [Fact]
    public async Task After_a_decision_the_page_tells_it_in_plain_sentences()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        var seeded = await app.CaseAsync();
        var claim = await analyst.ClaimedAsync(seeded.Id);
        await app.OpenedEvidenceAsync(seeded, analyst);
        (
            await analyst.Http.SendAsync(TriageData.Decision(seeded, claim, TriageData.Suspend(seeded)))
        ).EnsureSuccessStatusCode();

        var detail = await TriageData.ReadAsync<CaseDetail>(await analyst.Http.GetAsync($"/v1/cases/{seeded.Id}"));

        detail.Row.Status.ShouldBe("closed");
        detail.Row.Claim.ShouldBeNull();
        detail.Account!.Suspended.ShouldBeTrue();
        detail.Decisions.ShouldHaveSingleItem().Citations.ShouldHaveSingleItem().ToSeconds.ShouldBe(3.0);
        detail.Enforcements.ShouldHaveSingleItem().Kind.ShouldBe("suspension");
        var texts = detail.History.Select(h => h.Text).ToList();
        texts[0].ShouldBe("Claimed the case.");
        texts[1].ShouldBe("Opened 1 evidence segments.");
        texts[2].ShouldBe("Decided: harassment.targeted was broken; action: suspend.");
        // What the decision set off stands after it, and what left the house last.
        texts[3..6]
            .ShouldBe(
                [
                    "The decision took effect.",
                    "The account got 4 points.",
                    "A second person is to look at the decision.",
                ],
                ignoreOrder: true
            );
        texts[6].ShouldStartWith("The account is suspended (all) until ");
        texts[7].ShouldBe("Looked at the case.");
        var closed = await TriageData.ReadAsync<Page<CaseRow>>(await analyst.Http.GetAsync("/v1/cases?status=closed"));
        closed.Items.ShouldContain(row => row.Id == seeded.Id.ToString());
    }

    [Fact]
    public async Task Looking_is_recorded_with_who_looked()
    {
        var auditor = await app.StaffAsync(StaffRole.Auditor);
        var seeded = await app.CaseAsync();

        (await auditor.Http.GetAsync($"/v1/cases/{seeded.Id}")).EnsureSuccessStatusCode();

        var line = await app.InDbAsync(db => db.Events.SingleAsync(e => e.CaseId == seeded.Id.Value));
        (line.Kind, line.Actor).ShouldBe(("case.viewed", auditor.Member.Id.ToString()));
    }

    // A claim read from the database has microseconds, one read over HTTP milliseconds.
    private sealed class ClaimComparer : IEqualityComparer<ClaimShape?>
    {
        public bool Equals(ClaimShape? x, ClaimShape? y) => (x?.Id, x?.Fence, x?.Mine) == (y?.Id, y?.Fence, y?.Mine);

        public int GetHashCode(ClaimShape obj) => obj.Fence;
    }
}
