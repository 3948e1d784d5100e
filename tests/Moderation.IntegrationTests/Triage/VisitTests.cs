// Visits: refused for every encrypted meeting whoever asks, announced before anybody joins, and never otherwise.
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Features.Triage;

namespace Moderation.IntegrationTests.Triage;

public sealed class VisitTests(GraceApp app) : IClassFixture<GraceApp>
{
    [Theory]
    [InlineData(StaffRole.Analyst)]
    [InlineData(StaffRole.Senior)]
    public async Task An_encrypted_meeting_is_visited_by_nobody(StaffRole role)
    {
        var who = await app.StaffAsync(role, childSafety: true);
        var seeded = await app.CaseAsync(lane: Lane.ImminentHarm, severity: Severity.S0);
        var claim = await who.ClaimedAsync(seeded.Id);

        using var answer = await AskAsync(who, seeded, claim);

        (await TriageData.CodeOfAsync(answer)).ShouldBe("visit.encrypted");
        (await app.InDbAsync(db => db.Visits.CountAsync(v => v.CaseId == seeded.Id))).ShouldBe(0);
    }

    [Fact]
    public async Task A_visit_is_seconded_announced_and_joined_only_when_the_participants_were_told()
    {
        var (analyst, senior) = (await app.StaffAsync(StaffRole.Analyst), await app.StaffAsync(StaffRole.Senior));
        using var platform = await app.PlatformAsync();
        var seeded = await OpenMeetingAsync();
        using var unclaimed = await AskAsync(analyst, seeded, null);
        (await TriageData.CodeOfAsync(unclaimed)).ShouldBe("claim.missing");
        using var asked = await AskAsync(analyst, seeded, await analyst.ClaimedAsync(seeded.Id));
        var visit = await asked.ShouldBeAsync<VisitShape>(200);
        using var early = await OutcomeAsync(platform, visit, new { outcome = "joined", participants_told = true });
        (await TriageData.CodeOfAsync(early)).ShouldBe("visit.cannot-move");
        using var own = await analyst.Http.PostAsync($"/v1/visits/{visit.Id}:approve", null);
        (await TriageData.CodeOfAsync(own)).ShouldBe("case.senior-needed");

        using var approved = await senior.Http.PostAsync($"/v1/visits/{visit.Id}:approve", null);
        (await approved.ShouldBeAsync<VisitShape>(200)).State.ShouldBe("announced");
        var said = await app.InDbAsync(db =>
            db.Events.SingleAsync(e => e.CaseId == seeded.Id.Value && e.Kind == VisitRequested.Kind)
        );
        said.Payload.ShouldNotContain(analyst.Member.Id.ToString());
        said.Payload.ShouldNotContain(senior.Member.Pseudonym);
        JsonSerializer.Deserialize<VisitRequested>(said.Payload, ModerationDb.Json)!.MeetingId.ShouldStartWith("ext-");
        using var silent = await OutcomeAsync(platform, visit, new { outcome = "joined" });
        (await TriageData.CodeOfAsync(silent)).ShouldBe("visit.unannounced");
        using var sealedNow = await OutcomeAsync(
            platform,
            visit,
            new
            {
                outcome = "joined",
                participants_told = true,
                end_to_end_encrypted = true,
            }
        );
        (await TriageData.CodeOfAsync(sealedNow)).ShouldBe("visit.encrypted");
        using var joined = await OutcomeAsync(platform, visit, new { outcome = "joined", participants_told = true });
        (await joined.ShouldBeAsync<VisitShape>(200)).State.ShouldBe("joined");
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"update visits set expires_at = now() - interval '1 second' where case_id = {seeded.Id.Value}"
            )
        );
        await app.DoAsync<KeepVisits.Handler>(visits => visits.SweepAsync(default));
        using var noted = await analyst.Http.PostAsJsonAsync(
            $"/v1/visits/{visit.Id}:note",
            new { text = "He shouted." }
        );
        var over = await noted.ShouldBeAsync<VisitShape>(200);
        (over.State, over.End, over.NoteBy).ShouldBe(("closed", "expired", analyst.Member.Pseudonym));
    }

    [Fact]
    public void There_is_no_member_by_which_a_visit_could_be_hidden() =>
        typeof(VisitRequest)
            .GetProperties()
            .Select(p => p.Name)
            .ShouldBe(["CaseId", "MeetingId", "ReasonCode", "Reason"], ignoreOrder: true);

    private async Task<SeededCase> OpenMeetingAsync()
    {
        var seeded = await app.CaseAsync();
        await app.InDbAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"""
                update meetings set end_to_end_encrypted = false
                where id = (select meeting_id from reports where id = {seeded.Report.Value})
                """
            )
        );
        return seeded;
    }

    private async Task<HttpResponseMessage> AskAsync(StaffLogin who, SeededCase about, ClaimShape? claim)
    {
        var meeting = await app.InDbAsync(db =>
            db.Reports.Where(r => r.Id == about.Report).Select(r => r.MeetingId).SingleAsync()
        );
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/visits")
        {
            Content = JsonContent.Create(
                new
                {
                    case_id = about.Id.ToString(),
                    meeting_id = meeting.ToString(),
                    reason_code = "danger",
                    reason = "Somebody may be hurt.",
                }
            ),
        };
        if (claim is not null)
            request.Headers.Add("Moderation-Claim", $"{claim.Id};fence={claim.Fence}");
        return await who.Http.SendAsync(request);
    }

    private static Task<HttpResponseMessage> OutcomeAsync(HttpClient platform, VisitShape visit, object body) =>
        platform.PostAsJsonAsync($"/v1/visits/{visit.Id}/outcome", body);
}
