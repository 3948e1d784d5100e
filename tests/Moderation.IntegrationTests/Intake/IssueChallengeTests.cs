// Who gets a challenge, how many, and for how long it is good.
using System.Text;
using Moderation.Contracts.Directory;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class IssueChallengeTests(App app)
{
    [Fact]
    public async Task A_challenge_tells_a_new_device_that_its_chain_is_empty()
    {
        var host = await ReportingHost.JoinAsync(app);

        var challenge = await host.AskAsync();

        ReportingHost.Read(challenge.Challenge).Length.ShouldBe(32);
        challenge.LastCounter.ShouldBe(0);
        ReportingHost.Read(challenge.LastContentId).ShouldBe(new byte[32]);
        challenge.KeyCheckpoint.ShouldBeNull();
        challenge.ExpiresAt.ShouldBe(app.Clock.GetUtcNow() + TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_next_challenge_tells_where_the_chain_stands()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (_, first) = await host.FileAsync();

        var challenge = await host.AskAsync();

        challenge.LastCounter.ShouldBe(1);
        ReportingHost.Read(challenge.LastContentId).ShouldBe(first.ContentId);
        await host.FileAsync();
    }

    [Fact]
    public async Task Ten_open_challenges_are_enough_for_a_device_however_fast_it_asks()
    {
        var host = await ReportingHost.JoinAsync(app);

        var answers = await Task.WhenAll(Enumerable.Range(0, 14).Select(_ => host.PostChallengeAsync()));

        answers.Count(a => (int)a.StatusCode == 201).ShouldBe(10);
        await answers.First(a => (int)a.StatusCode != 201).ShouldBeProblemAsync(429, "report.too-many-challenges");
    }

    [Fact]
    public async Task Another_accounts_device_is_as_good_as_unknown()
    {
        var host = await ReportingHost.JoinAsync(app);
        var thief = await ReportingHost.JoinAsync(app);

        using var answer = await thief.Http.PostAsync(
            "/v1/reports/challenges",
            Answers.Json(
                new ChallengeRequest(Bytes.ToText(host.Kid), Bytes.ToText(thief.Meeting), Bytes.ToText(thief.Pseudonym))
            )
        );

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.UnknownDevice);
    }

    [Fact]
    public async Task A_guest_and_a_host_under_another_name_get_none()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);

        using var guest = await AskAsync(host, host.Meeting, host.Others[0]);
        using var stranger = await AskAsync(host, other.Meeting, other.Pseudonym);
        using var nowhere = await AskAsync(host, new byte[16], host.Pseudonym);

        await guest.ShouldBeProblemAsync(403, EvidenceCodes.ReporterNotHost);
        await stranger.ShouldBeProblemAsync(403, EvidenceCodes.ReporterNotHost);
        await nowhere.ShouldBeProblemAsync(422, EvidenceCodes.MeetingUnknown);
    }

    [Theory]
    [InlineData(Domain.Accounts.DeviceStatus.Frozen, EvidenceCodes.DeviceFrozen)]
    [InlineData(Domain.Accounts.DeviceStatus.Revoked, EvidenceCodes.DeviceRevoked)]
    public async Task A_device_that_may_not_report_gets_none(Domain.Accounts.DeviceStatus status, string code)
    {
        var host = await ReportingHost.JoinAsync(app);
        await app.InDbAsync(async db =>
        {
            (await db.Devices.FindAsync(host.Kid))!.Status = status;
            await db.SaveChangesAsync();
        });

        using var answer = await host.PostChallengeAsync();

        await answer.ShouldBeProblemAsync(403, code);
    }

    [Theory]
    [InlineData("""{"device_kid":"AA","meeting":"AA","reporter":"AA"}""", "request.invalid")]
    [InlineData("""{"device_kid":"AA","meeting":"AA","reporter":"AA","extra":1}""", "request.malformed")]
    [InlineData("""{"device_kid":1,"meeting":"AA","reporter":"AA"}""", "request.malformed")]
    [InlineData("""{"device_kid":null,"meeting":"AA","reporter":"AA"}""", "request.malformed")]
    [InlineData("""{"meeting":"AA","reporter":"AA"}""", "request.malformed")]
    [InlineData("""{"device_kid":""", "request.malformed")]
    [InlineData("null", "request.malformed")]
    [InlineData("", "request.malformed")]
    public async Task A_body_that_breaks_the_rules_is_named_as_such(string json, string code)
    {
        var host = await ReportingHost.JoinAsync(app);

        using var answer = await host.Http.PostAsync(
            "/v1/reports/challenges",
            ReportingHost.Body(Encoding.UTF8.GetBytes(json), "application/json")
        );

        await answer.ShouldBeProblemAsync(400, code);
    }

    [Fact]
    public async Task A_body_larger_than_its_limit_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var answer = await host.Http.PostAsync(
            "/v1/reports/challenges",
            ReportingHost.Body(new byte[1_100_000], "application/json")
        );

        await answer.ShouldBeProblemAsync(413, "request.too-large");
    }

    [Fact]
    public async Task Only_a_host_may_ask()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var platform = await host.Platform.PostAsync(
            "/v1/reports/challenges",
            Answers.Json(new HostTokenRequest("x"))
        );

        await platform.ShouldBeProblemAsync(403, "auth.forbidden");
    }

    private static Task<HttpResponseMessage> AskAsync(ReportingHost host, byte[] meeting, byte[] reporter) =>
        host.Http.PostAsync(
            "/v1/reports/challenges",
            Answers.Json(new ChallengeRequest(Bytes.ToText(host.Kid), Bytes.ToText(meeting), Bytes.ToText(reporter)))
        );
}
