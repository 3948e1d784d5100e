// From a host's ring buffer to a package that a court accepts, over HTTP alone, with every process real.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.IntegrationTests.Legal;
using Moderation.IntegrationTests.Opening;
using Moderation.Tests;

namespace Moderation.IntegrationTests;

public sealed class WholeWayTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_report_is_opened_decided_on_heard_of_by_the_platform_and_released_to_a_court()
    {
        // With a time to undo, as in life: the platform hears of it after that.
        await using var app = await App.StartAsync(cluster, ("Policy:GraceSeconds", "1"));
        await app.StartVaultAsync();
        await using var platform = await ListeningPlatform.SubscribeAsync(await app.PlatformAsync());
        using var host = await MeetingHost.JoinAsync(await app.PlatformAsync(), app.KeysDir);
        var report = await host.ReportAsync(TimeSpan.FromSeconds(6), note: "He would not stop.");
        var about = await CaseOfAsync(app, report.Id);

        using var analyst = await AnalystTab.OpenAsync(app);
        using var next = await analyst.Http.PostAsync("/v1/queues/general:next", null);
        var claim = await next.ShouldBeAsync<ClaimShape>(200);
        claim.CaseId.ShouldBe(about.ToString());
        var opened = await analyst.OpenSegmentAsync(report.Id, analyst.Terms(report.ContentId, about, 0, 1), 0);
        opened.Refusal.ShouldBeNull();
        opened.Value.Plaintext.Length.ShouldBe(report.Segments[0].Bytes);

        using var decision = new HttpRequestMessage(HttpMethod.Post, "/v1/decisions")
        {
            Content = Answers.Json(
                new DecisionRequest(
                    about.ToString(),
                    "violation",
                    "suspend",
                    "Kept on after being asked to stop.",
                    Clause: "harassment.targeted",
                    Severity: "S2",
                    DurationSeconds: 3 * 86_400,
                    Citations: [new CitationShape(report.Id, 0)]
                )
            ),
        };
        var version = (await app.InDbAsync(db => db.Cases.SingleAsync(c => c.Id == about))).Version;
        decision.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        decision.Headers.Add("Moderation-Claim", $"{claim.Id};fence={claim.Fence}");
        decision.Headers.Add("Idempotency-Key", RandomNumberGenerator.GetHexString(16));
        using var decided = await analyst.Http.SendAsync(decision);
        await decided.ShouldBeAsync(201);

        var heard = await platform.NextAsync("enforcement.account.suspended", TimeSpan.FromSeconds(30));
        heard.GetProperty("data").GetProperty("account_id").GetString().ShouldBe(host.SubjectAccount);

        using var release = await ReleaseDesk.ForAsync(app, report, about);
        await release.PublishAndAcceptAsync(app);
    }

    private static Task<CaseId> CaseOfAsync(App app, string report) =>
        app.InDbAsync(db =>
        {
            ReportId.TryParse(report, null, out var id).ShouldBeTrue();
            return db.ReportSubjects.Where(s => s.ReportId == id).Select(s => s.CaseId).SingleAsync();
        });
}
