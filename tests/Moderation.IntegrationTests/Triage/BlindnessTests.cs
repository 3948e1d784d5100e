// The promise of a blind second look: nothing a reviewer can ask for differs between two first decisions.
using System.Text.RegularExpressions;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Triage;

public sealed partial class BlindnessTests(GraceApp app) : IClassFixture<GraceApp>
{
    [Theory]
    [InlineData(StaffRole.Analyst)]
    [InlineData(StaffRole.Senior)]
    public async Task A_reviewers_whole_session_is_the_same_whatever_the_first_decision_was(StaffRole role)
    {
        var grave = await SessionAsync(role, decided: true);
        var mild = await SessionAsync(role, decided: false);

        grave.Count.ShouldBe(mild.Count);
        foreach (var (one, other) in grave.Zip(mild))
            one.ShouldBe(other);
        // The session did see the case, its reports and its work item; else it would prove nothing.
        string.Concat(grave).ShouldContain("segments");
        string.Concat(grave).ShouldContain("second_look");
    }

    [Fact]
    public async Task The_decider_and_an_auditor_see_the_decision_and_the_reviewer_after_handing_in()
    {
        var decider = await app.StaffAsync(StaffRole.Analyst, childSafety: true);
        var reviewer = await app.StaffAsync(StaffRole.Analyst, childSafety: true);
        var auditor = await app.StaffAsync(StaffRole.Auditor, childSafety: true);
        var seeded = await app.CaseAsync(lane: Lane.ChildSafety);
        await app.DecideAsync(decider, seeded, Grave(seeded));
        var review = await app.ReviewOfAsync(seeded);

        (await SeesAsync(decider, seeded)).ShouldBeTrue();
        (await SeesAsync(auditor, seeded)).ShouldBeTrue();
        using var claimed = await reviewer.ClaimReviewAsync(review.Id);
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);
        (await SeesAsync(reviewer, seeded)).ShouldBeFalse();
        using var handedIn = await reviewer.Http.SendAsync(
            DecisionDesk.Under(claim, $"/v1/reviews/{review.Id}:submit", TriageData.NoViolation(seeded))
        );
        await handedIn.ShouldBeAsync<ReviewDetail>(200);

        (await SeesAsync(reviewer, seeded)).ShouldBeTrue();
        (await SeesAsync(await app.StaffAsync(StaffRole.Senior, childSafety: true), seeded)).ShouldBeFalse();
    }

    private static async Task<bool> SeesAsync(StaffLogin who, SeededCase seeded)
    {
        using var answer = await who.Http.GetAsync($"/v1/cases/{seeded.Id}");
        return (await answer.ShouldBeAsync<CaseDetail>(200)).Decisions.Count > 0;
    }

    private async Task<List<string>> SessionAsync(StaffRole role, bool decided)
    {
        // Nobody else's work lies in the lists: each session has a server's lists to itself by its filters.
        var decider = await app.StaffAsync(StaffRole.Analyst, childSafety: true);
        var reviewer = await app.StaffAsync(role, childSafety: true);
        var seeded = await app.CaseAsync(lane: Lane.ChildSafety, severity: Severity.S0);
        await app.OpenedEvidenceAsync(seeded, decider);
        var body = decided ? Grave(seeded) : TriageData.NoViolation(seeded);
        if (decided)
            body["interim"] = new { action = "suspend", duration_seconds = 3600 };
        var decision = await app.DecideAsync(decider, seeded, body);
        var review = await app.ReviewOfAsync(seeded);
        var other = await app.AgainAsync(seeded);

        List<string> seen = [];
        async Task SeeAsync(HttpResponseMessage answer) =>
            seen.Add(
                $"{(int)answer.StatusCode} {answer.Headers.ETag} {Plain(await answer.Content.ReadAsStringAsync())}"
            );

        seen.Add(Plain(await RowOfAsync(reviewer, seeded)));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/reviews/{review.Id}"));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/audit?case={seeded.Id}&limit=200"));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/audit?kind=case.decided&case={seeded.Id}"));
        await SeeAsync(await reviewer.ClaimReviewAsync(review.Id));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/cases/{seeded.Id}"));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/cases/{other.Id}"));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/reviews/{review.Id}"));
        await SeeAsync(await reviewer.Http.GetAsync($"/v1/labels?subject={seeded.Account}"));
        await SeeAsync(
            await reviewer.Http.GetAsync($"/v1/cases/{seeded.Id}/recommendation?clause=child_safety.csam&severity=S0")
        );
        await SeeAsync(await reviewer.ClaimAsync(seeded.Id));
        await SeeAsync(await reviewer.Http.PostAsync($"/v1/decisions/{decision.Id}:undo", null));
        // Also what went wrong carries the case as it is now.
        await SeeAsync(
            await reviewer.Http.SendAsync(
                TriageData.Decision(seeded, null, TriageData.NoViolation(seeded), version: 99)
            )
        );
        return seen;
    }

    private static async Task<string> RowOfAsync(StaffLogin who, SeededCase seeded)
    {
        using var answer = await who.Http.GetAsync("/v1/reviews?limit=200");
        var page = await answer.ShouldBeAsync<Page<ReviewRow>>(200);
        return page.Items.Single(r => r.CaseId == seeded.Id.ToString()).ToString();
    }

    private static Dictionary<string, object?> Grave(SeededCase seeded)
    {
        var body = DecisionDesk.Ban(seeded);
        body["clause"] = "child_safety.csam";
        return body;
    }

    // Two sessions are about different cases at different times by different people; nothing else may differ.
    private static string Plain(string text)
    {
        text = Times().Replace(text, "TIME");
        text = Ids().Replace(text, "ID");
        text = References().Replace(text, "REF");
        text = Pseudonyms().Replace(text, "WHO");
        text = Traces().Replace(text, "TRACE");
        text = Names().Replace(text, "EXT");
        return Bytes().Replace(text, "BYTES");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d/\d\d/\d{4} [\d:]+ \+\d\d:\d\d|\b\d\d:\d\d:\d\d UTC")]
    private static partial Regex Times();

    [GeneratedRegex("[a-z]+_[0-9a-hjkmnp-tv-z]{26}")]
    private static partial Regex Ids();

    [GeneratedRegex(@"TS-T-\d+")]
    private static partial Regex References();

    [GeneratedRegex("R-[0-9a-z]{6}")]
    private static partial Regex Pseudonyms();

    [GeneratedRegex("(?<=\"trace_id\":)(\"[0-9a-f-]+\"|null)")]
    private static partial Regex Traces();

    [GeneratedRegex("ext-ID")]
    private static partial Regex Names();

    [GeneratedRegex("(?<=\")[A-Za-z0-9_-]{43}(?=\")|(?<=\")[A-Za-z0-9_-]{22}(?=\")|(?<=\"index\":)\\d+")]
    private static partial Regex Bytes();
}
