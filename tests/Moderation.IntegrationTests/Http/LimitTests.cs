// Who asks too often is told so and when to go on; what is bounded is listed.
using System.Net;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Limits;
using Moderation.IntegrationTests.Intake;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Http;

public sealed class LimitTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_caller_is_told_what_is_left_and_refused_beyond_it_and_nobody_else_is()
    {
        await using var app = await App.StartAsync(cluster, ("Limits:PerCredential", "30"));
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var started = app.Clock.GetUtcNow();

        HttpResponseMessage? last = null;
        for (var n = 0; n < 31; n++)
        {
            last?.Dispose();
            last = await host.Http.GetAsync("/v1/reports/rpt_00000000000000000000000000");
            last.Headers.GetValues("RateLimit-Policy").ShouldHaveSingleItem().ShouldBe("\"default\";q=30;w=60");
            if (n == 0)
                last.Headers.GetValues("RateLimit").ShouldHaveSingleItem().ShouldMatch("^\"default\";r=29;t=[0-9]+$");
        }
        using var others = await other.Http.GetAsync("/v1/reports/rpt_00000000000000000000000000");

        // In the rare case that the minute ended in between, the count began anew.
        if (app.Clock.GetUtcNow().Minute == started.Minute)
        {
            await last!.ShouldBeProblemAsync(429, "request.too-many");
            last!.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 60);
        }
        ((int)others.StatusCode).ShouldBe(404);
        last!.Dispose();
        app.Clock.Offset += TimeSpan.FromMinutes(1);
        using var later = await host.Http.GetAsync("/v1/reports/rpt_00000000000000000000000000");
        ((int)later.StatusCode).ShouldBe(404);
    }

    [Fact]
    public async Task Two_processes_that_share_the_requests_grant_half_each()
    {
        await using var app = await App.StartAsync(
            cluster,
            ("Limits:PerCredential", "30"),
            ("Limits:ApiProcesses", "2")
        );
        var host = await ReportingHost.JoinAsync(app);

        using var answer = await host.Http.GetAsync("/v1/reports/rpt_00000000000000000000000000");

        answer.Headers.GetValues("RateLimit-Policy").ShouldHaveSingleItem().ShouldBe("\"default\";q=15;w=60");
    }

    [Fact]
    public async Task An_account_with_as_many_open_uploads_as_allowed_gets_no_more_and_can_repeat_those_it_has()
    {
        await using var app = await App.StartAsync(cluster, ("Intake:OpenUploadsPerAccount", "1"));
        var host = await ReportingHost.JoinAsync(app);
        var (first, bundle) = await host.FileAsync();
        var second = await host.SealAsync();

        using var refused = await host.PostHeadAsync(second.Head);
        using var repeated = await host.PostHeadAsync(bundle.Head);
        using var withdrawn = await host.Http.DeleteAsync($"/v1/reports/{first.ReportId}");
        using var accepted = await host.PostHeadAsync(second.Head);

        await refused.ShouldBeProblemAsync(429, "report.quota-exceeded");
        await repeated.ShouldBeAsync<ReportAccepted>(200);
        await withdrawn.ShouldBeAsync(204);
        await accepted.ShouldBeAsync<ReportAccepted>(201);
    }

    [Fact]
    public async Task Everything_bounded_is_listed_with_its_key_its_value_and_its_code()
    {
        await using var app = await App.StartAsync(cluster, ("Intake:OpenChallengesPerDevice", "3"));
        using var http = app.Client();

        using var answer = await http.GetAsync("/v1/limits");

        var list = (await answer.ShouldBeAsync<LimitList>(200)).Items;
        var challenges = list.Single(l => l.Name == "open-challenges");
        (challenges.Default, challenges.Value, challenges.Code).ShouldBe((10, 3, "report.too-many-challenges"));
        list.Select(l => l.Name).Distinct().Count().ShouldBe(list.Count);
        var settings = File.ReadAllText(TestPaths.Repository("appsettings.json"));
        foreach (var key in list.Select(l => l.Key).OfType<string>())
            settings.ShouldContain($"\"{key.Split(':')[1]}\":");
    }

    [Fact]
    public async Task A_body_that_dribbles_is_cut_off()
    {
        await using var app = await App.StartAsync(cluster, ("Limits:BodySeconds", "1"));
        var host = await ReportingHost.JoinAsync(app);
        using var slow = new SlowContent();

        await Should.ThrowAsync<HttpRequestException>(() => host.Http.PostAsync("/v1/filings", slow));
    }

    private sealed class SlowContent : HttpContent
    {
        public SlowContent() => Headers.ContentType = new("application/cose");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var n = 0; n < 100; n++)
            {
                await stream.WriteAsync(new byte[1]);
                await stream.FlushAsync();
                await Task.Delay(100);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 100;
            return true;
        }
    }
}
