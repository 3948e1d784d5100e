// What a filing without a bundle must be, and that it is in triage at once.
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class FileWithoutMediaTests(App app)
{
    [Fact]
    public async Task A_filing_alone_is_a_complete_report_in_a_case_with_its_note_and_no_evidence()
    {
        var host = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync("He followed us from room to room.", host.Others[0]);

        using var answer = await host.PostFilingAsync(filing);

        var accepted = await answer.ShouldBeAsync<FilingAccepted>(201);
        answer.Headers.Location!.ToString().ShouldBe($"/v1/reports/{accepted.ReportId}");
        accepted.State.ShouldBe("complete");
        ReportingHost.Read(accepted.ContentId).ShouldBe(SHA256.HashData(ReportingHost.PayloadOf(filing)));
        IntakeReceipt
            .Verify(
                ReportingHost.Read(accepted.Receipt),
                host.PublicKey("receipt.pub"),
                ReportingHost.Read(accepted.ContentId)
            )
            .Refusal.ShouldBeNull();
        var detail = await CaseOfAsync(accepted.ReportId);
        detail.Row.EvidenceState.ShouldBe("none");
        detail.Row.SegmentsDeclared.ShouldBe(0);
        detail.Rank.Evidence.ShouldBe(0);
        var report = detail.Reports.ShouldHaveSingleItem();
        report.Note.ShouldBe("He followed us from room to room.");
        report.Segments.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_same_filing_again_is_the_same_report_also_at_the_same_time()
    {
        var host = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync(null, host.Others[0]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.PostFilingAsync(filing)));

        answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 200, 200, 200, 200, 201]);
        var reports = new List<string>();
        foreach (var answer in answers)
            reports.Add((await answer.ShouldBeAsync<FilingAccepted>((int)answer.StatusCode)).ReportId);
        reports.Distinct().ShouldHaveSingleItem();
        (await host.StoredAsync()).Reports.ShouldBe(1);
    }

    [Fact]
    public async Task A_challenge_is_answered_once()
    {
        var host = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync("one", host.Others[0]);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(n => host.PostFilingAsync(filing with { Note = $"words {n}" }))
        );

        answers.Count(a => (int)a.StatusCode == 201).ShouldBe(1);
        foreach (var refused in answers.Where(a => (int)a.StatusCode != 201))
            await refused.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUsed);
    }

    [Fact]
    public async Task A_challenge_that_is_unknown_anothers_or_late_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync(null, host.Others[0]);
        var theirs = await other.FilingAloneAsync(null, other.Others[0]);

        using var unknown = await host.PostFilingAsync(filing with { Challenge = Bytes.ToText(new byte[32]) });
        using var anothers = await host.PostFilingAsync(filing with { Challenge = theirs.Challenge });
        app.Clock.Offset += TimeSpan.FromMinutes(16);
        using var late = await host.PostFilingAsync(filing);

        await unknown.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUnknown);
        await anothers.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeMismatch);
        await late.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeExpired);
        (await host.StoredAsync()).Reports.ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"content_id":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""")]
    [InlineData("""{"challenge":null}""")]
    [InlineData("""{"challenge":"AA"}""")]
    [InlineData("""{"note":""}""")]
    [InlineData("""{"note":"a\u0000b"}""")]
    [InlineData("""{"reason":"boredom"}""")]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"subjects":["AAAAAAAAAAAAAAAAAAAAAA"]}""")]
    [InlineData("""{"title":"x"}""")]
    public async Task A_filing_that_breaks_a_rule_is_refused_and_consumes_nothing(string change)
    {
        var host = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync(null, host.Others[0]);
        var changed = JsonSerializer.SerializeToNode(filing, ModerationDb.Json)!.AsObject();
        foreach (
            var (name, value) in JsonDocument.Parse(change).RootElement.EnumerateObject().Select(m => (m.Name, m.Value))
        )
            changed[name] = System.Text.Json.Nodes.JsonNode.Parse(value.GetRawText());

        using var refused = await host.PostFilingBytesAsync(JsonSerializer.SerializeToUtf8Bytes(changed));
        using var good = await host.PostFilingAsync(filing);

        await refused.ShouldBeProblemAsync(422, "filing.invalid");
        await good.ShouldBeAsync(201);
    }

    [Fact]
    public async Task A_note_of_a_thousand_and_one_characters_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync(new string('a', 1_001), host.Others[0]);

        using var answer = await host.PostFilingAsync(filing);

        await answer.ShouldBeProblemAsync(422, "filing.invalid");
    }

    [Fact]
    public async Task Another_device_cannot_sign_it_and_a_frozen_one_may_not()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var filing = await host.FilingAloneAsync(null, host.Others[0]);

        using var stranger = await host.PostFilingAsync(filing, other.Device);
        await app.InDbAsync(async db =>
        {
            (await db.Devices.FindAsync(host.Kid))!.Status = Domain.Accounts.DeviceStatus.Frozen;
            await db.SaveChangesAsync();
        });
        using var frozen = await host.PostFilingAsync(filing);

        await stranger.ShouldBeProblemAsync(403, EvidenceCodes.UnknownDevice);
        await frozen.ShouldBeProblemAsync(403, EvidenceCodes.DeviceFrozen);
    }

    [Fact]
    public async Task Another_kind_of_content_or_too_much_of_it_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var json = await host.Http.PostAsync("/v1/filings", ReportingHost.Body([1], "application/json"));
        using var much = await host.Http.PostAsync(
            "/v1/filings",
            ReportingHost.Body(new byte[10_000], "application/cose")
        );

        await json.ShouldBeProblemAsync(415, "request.unsupported-media-type");
        await much.ShouldBeProblemAsync(413, "request.too-large");
    }

    [Fact]
    public async Task A_report_with_evidence_lifts_the_rank_that_a_filing_alone_has_not()
    {
        var host = await ReportingHost.JoinAsync(app);
        using var bare = await host.PostFilingAsync(await host.FilingAloneAsync(null, host.Others[0]));
        var first = await CaseOfAsync((await bare.ShouldBeAsync<FilingAccepted>(201)).ReportId);
        var (report, bundle) = await host.FileAsync();

        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[0]));

        await filed.ShouldBeAsync(204);
        var both = await CaseOfAsync(report.ReportId);
        both.Row.Id.ShouldBe(first.Row.Id);
        both.Rank.Evidence.ShouldBe(0.09, 0.001);
        both.Row.EvidenceState.ShouldBe("arriving");
    }

    private async Task<CaseDetail> CaseOfAsync(string report)
    {
        var id = ReportingHost.IdOf(report);
        var found = await app.InDbAsync(db => db.ReportSubjects.SingleAsync(s => s.ReportId == id));
        using var http = (await app.StaffAsync(StaffRole.Senior)).Http;
        using var answer = await http.GetAsync($"/v1/cases/{found.CaseId}");
        return await answer.ShouldBeAsync<CaseDetail>(200);
    }
}
