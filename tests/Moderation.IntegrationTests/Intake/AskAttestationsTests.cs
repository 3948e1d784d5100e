// A host asks for receipts through the intake: who may, how often, and what is said when the relay is away.
using System.Net;
using System.Security.Cryptography;
using Moderation.Contracts.Directory;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class AskAttestationsTests(App app)
{
    [Fact]
    public async Task The_relays_receipts_reach_the_host_and_the_challenge_stays_good()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        var challenge = ReportingHost.Read((await meeting.Host.AskAsync()).Challenge);
        var kid = new StreamKid(meeting.Host.Others[0], 1, meeting.FirstKid);

        var unknown = new StreamKid(meeting.Host.Others[0], 9, 1);
        using var answer = await meeting.AskAsync(new AttestationQuery(challenge, [kid, unknown]));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/cbor");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var told = Attestation.ParseAll(await answer.Content.ReadAsByteArrayAsync(), 2).ShouldNotBeNull();
        told[1].ShouldBeNull();
        StreamLeaf.Parse(told[0].ShouldNotBeNull().Leaf)!.Participant.ShouldBe(meeting.Host.Others[0]);
        RelayReceipt
            .VerifyAll([told[0]!.Receipt], [meeting.Sfu.PublicKey], meeting.Host.Meeting)
            .Refusal.ShouldBeNull();
        using var again = await meeting.AskAsync(new AttestationQuery(challenge, [kid]));
        again.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Another_hosts_challenge_is_as_good_as_none()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var foreign = ReportingHost.Read((await other.AskAsync()).Challenge);

        using var stolen = await meeting.AskAsync(meeting.Query(foreign));
        await stolen.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUnknown);
        using var invented = await meeting.AskAsync(meeting.Query(RandomNumberGenerator.GetBytes(32)));
        await invented.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUnknown);
    }

    [Fact]
    public async Task A_challenge_that_was_answered_asks_no_more()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        var (_, bundle) = await meeting.Host.FileAsync();

        using var answer = await meeting.AskAsync(meeting.Query(bundle.Manifest.Challenge));

        await answer.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUsed);
    }

    [Fact]
    public async Task Sixteen_questions_are_enough_for_a_challenge_however_fast_they_come()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        var query = meeting.Query(ReportingHost.Read((await meeting.Host.AskAsync()).Challenge));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => meeting.AskAsync(query)));

        // Whether the relay was quick enough for all of them is another matter.
        answers.Count(a => (int)a.StatusCode == 429).ShouldBe(4);
        await answers.First(a => (int)a.StatusCode == 429).ShouldBeProblemAsync(429, "attestations.too-many");
    }

    [Fact]
    public async Task A_meeting_without_a_relay_and_a_relay_that_is_away_are_told_apart()
    {
        var without = await ReportingHost.JoinAsync(app);
        var challenge = ReportingHost.Read((await without.AskAsync()).Challenge);
        var query = new AttestationQuery(challenge, [new StreamKid(without.Others[0], 1, 1)]);
        using var none = await PostAsync(without, query.Encode());
        await none.ShouldBeProblemAsync(404, "attestations.no-relay");

        using var meeting = await RelayedMeeting.JoinAsync(app);
        meeting.Sfu.Dispose();
        challenge = ReportingHost.Read((await meeting.Host.AskAsync()).Challenge);
        using var away = await meeting.AskAsync(meeting.Query(challenge));
        await away.ShouldBeProblemAsync(503, "attestations.relay-unavailable");
    }

    [Fact]
    public async Task A_relay_of_another_intake_does_not_answer_this_one()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app, foreignIntake: true);
        var challenge = ReportingHost.Read((await meeting.Host.AskAsync()).Challenge);

        using var answer = await meeting.AskAsync(meeting.Query(challenge));

        await answer.ShouldBeProblemAsync(503, "attestations.relay-unavailable");
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("A0")]
    [InlineData("9FFF")]
    public async Task A_body_of_another_form_is_malformed(string body)
    {
        var host = await ReportingHost.JoinAsync(app);

        using var answer = await PostAsync(host, Convert.FromHexString(body));

        await answer.ShouldBeProblemAsync(400, "attestations.malformed");
    }

    [Fact]
    public async Task A_body_longer_than_any_question_is_too_large_and_JSON_is_no_question()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var large = await PostAsync(host, new byte[AttestationQuery.MostBytes + 1]);
        await large.ShouldBeProblemAsync(413, "request.too-large");
        using var json = await host.Http.PostAsync("/v1/reports/attestations", Answers.Json(new { }));
        await json.ShouldBeProblemAsync(415, "request.unsupported-media-type");
        using var nobody = await app.Client().PostAsync("/v1/reports/attestations", null);
        await nobody.ShouldBeProblemAsync(401, "auth.required");
    }

    [Theory]
    [InlineData("http://relay.example/a")]
    [InlineData("https://10.0.0.1/a")]
    [InlineData("https://user@relay.example/a")]
    [InlineData("http://127.0.0.2:8080/a")]
    [InlineData("ftp://127.0.0.1/a")]
    public async Task A_relay_is_asked_only_where_a_webhook_may_go(string url)
    {
        var host = await ReportingHost.JoinAsync(app);
        using var signer = CoseSigner.Generate();

        using var answer = await host.PutMeetingAsync(host.Roster with { Relays = [RelayedMeeting.Told(signer, url)] });

        await answer.ShouldBeProblemAsync(400, "meeting.relay-url-refused");
    }

    [Fact]
    public async Task A_relay_needs_a_key_and_one_of_a_meeting_answers_for_all()
    {
        var host = await ReportingHost.JoinAsync(app);
        using var signer = CoseSigner.Generate(CoseAlgorithm.Esp256);
        using var second = CoseSigner.Generate();
        var good = RelayedMeeting.Told(signer, "https://relay.example/a");

        using var bad = await host.PutMeetingAsync(
            host.Roster with
            {
                Relays = [good with { PublicKey = Bytes.ToText(new byte[65]) }],
            }
        );
        await bad.ShouldBeProblemAsync(400, "meeting.relay-key-invalid");
        using var two = await host.PutMeetingAsync(
            host.Roster with
            {
                Relays = [good, RelayedMeeting.Told(second, "https://relay.example/b")],
            }
        );
        await two.ShouldBeProblemAsync(400, "request.invalid");
        using var one = await host.PutMeetingAsync(
            host.Roster with
            {
                Relays = [good, RelayedMeeting.Told(second, null)],
            }
        );
        await one.ShouldBeAsync<MeetingShape>(200);
        // Told again without relays, none is taken back.
        await (await host.PutMeetingAsync()).ShouldBeAsync<MeetingShape>(200);
        var kept = await app.InDbAsync(db =>
            Task.FromResult(
                db.MeetingRelays.Where(r => db.Meetings.Any(m => m.Id == r.MeetingId && m.MeetingUuid == host.Meeting))
                    .Select(r => r.AttestationsUrl)
                    .ToList()
            )
        );
        kept.Order().ShouldBe([null, "https://relay.example/a"]);
    }

    private static Task<HttpResponseMessage> PostAsync(ReportingHost host, byte[] body) =>
        host.Http.PostAsync("/v1/reports/attestations", ReportingHost.Body(body, AttestationQuery.MediaType));
}
