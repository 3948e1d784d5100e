// What decides whether a head part becomes a report: freshness, the chain, limits, and races between requests.
using System.Net.Sockets;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class FileBundleHeadTests(App app)
{
    [Fact]
    public async Task A_retry_finds_the_report_and_consumes_nothing()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (first, bundle) = await host.FileAsync();
        var before = await host.StoredAsync();

        using var answer = await host.PostHeadAsync(bundle.Head);

        var again = await answer.ShouldBeAsync<ReportAccepted>(200);
        again.ReportId.ShouldBe(first.ReportId);
        again.Missing.ShouldBe([0, 1, 2]);
        (await host.StoredAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task One_bundle_sent_many_times_at_once_is_one_report()
    {
        var host = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.PostHeadAsync(bundle.Head)));

        answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 200, 200, 200, 200, 201]);
        (await host.StoredAsync()).Reports.ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_bundles_that_answer_one_challenge_at_once_one_is_accepted()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        var bundles = Enumerable.Range(0, 8).Select(_ => BundleSealer.Seal(draft, host.Device)).ToList();

        var answers = await Task.WhenAll(bundles.Select(b => host.PostHeadAsync(b.Head)));

        answers.Count(a => (int)a.StatusCode == 201).ShouldBe(1);
        foreach (var refused in answers.Where(a => (int)a.StatusCode != 201))
            await refused.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUsed);
        (await host.StoredAsync()).ShouldBe((1, 0, 1L));
    }

    [Fact]
    public async Task A_replayed_challenge_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        using var first = await host.PostHeadAsync(BundleSealer.Seal(draft, host.Device).Head);
        await first.ShouldBeAsync<ReportAccepted>(201);

        using var replay = await host.PostHeadAsync(BundleSealer.Seal(draft with { Counter = 2 }, host.Device).Head);

        await replay.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUsed);
        (await host.StoredAsync()).Reports.ShouldBe(1);
    }

    [Fact]
    public async Task A_challenge_that_is_unknown_anothers_or_late_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        var foreign = ReportingHost.Read((await other.AskAsync()).Challenge);

        using var unknown = await host.PostHeadAsync(Seal(host, draft with { Challenge = new byte[32] }));
        using var anothers = await host.PostHeadAsync(Seal(host, draft with { Challenge = foreign }));
        await unknown.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeUnknown);
        await anothers.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeMismatch);

        app.Clock.Offset += TimeSpan.FromMinutes(16);
        using var late = await host.PostHeadAsync(Seal(host, draft));
        await late.ShouldBeProblemAsync(409, EvidenceCodes.ChallengeExpired);
        (await host.StoredAsync()).Reports.ShouldBe(0);
    }

    [Fact]
    public async Task A_device_that_nobody_registered_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        using var unknown = CoseSigner.Generate();

        using var answer = await host.PostHeadAsync(BundleSealer.Seal(draft, unknown).Head);

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.UnknownDevice);
        (await host.StoredAsync()).Reports.ShouldBe(0);
    }

    [Fact]
    public async Task Another_accounts_token_cannot_file_for_this_device()
    {
        var host = await ReportingHost.JoinAsync(app);
        var thief = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();

        using var answer = await host.PostHeadAsync(bundle.Head, by: thief.Http);

        await answer.ShouldBeProblemAsync(403, EvidenceCodes.UnknownDevice);
    }

    [Fact]
    public async Task A_report_in_anothers_name_or_as_a_guest_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        byte[] asGuest = [.. Enumerable.Repeat((byte)7, 16)];
        byte[] otherHost = [.. Enumerable.Repeat((byte)8, 16)];
        var roster = host.Roster;
        using var put = await host.PutMeetingAsync(
            roster with
            {
                Participants =
                [
                    .. roster.Participants,
                    new(Bytes.ToText(asGuest), host.ExternalId, Host: false),
                    new(Bytes.ToText(otherHost), host.OtherAccounts[0], Host: true),
                ],
            }
        );
        await put.ShouldBeAsync(200);
        var draft = host.Draft(await host.AskAsync());

        using var guest = await host.PostHeadAsync(Seal(host, draft with { Reporter = asGuest }));
        using var other = await host.PostHeadAsync(Seal(host, draft with { Reporter = otherHost }));
        using var nowhere = await host.PostHeadAsync(Seal(host, draft with { Meeting = new byte[16] }));

        await guest.ShouldBeProblemAsync(403, EvidenceCodes.ReporterNotHost);
        await other.ShouldBeProblemAsync(403, EvidenceCodes.ReporterNotHost);
        await nowhere.ShouldBeProblemAsync(422, EvidenceCodes.MeetingUnknown);
        (await host.StoredAsync()).Reports.ShouldBe(0);
    }

    [Theory]
    [InlineData(false, EvidenceCodes.CounterReplayed)]
    [InlineData(true, EvidenceCodes.ChainFork)]
    public async Task A_break_in_the_chain_freezes_the_device_for_good(bool fork, string code)
    {
        var host = await ReportingHost.JoinAsync(app);
        await host.FileAsync();
        var draft = host.Draft(await host.AskAsync());
        var broken = fork ? draft with { Previous = new byte[32] } : draft with { Counter = 1 };

        using var refused = await host.PostHeadAsync(Seal(host, broken));
        using var after = await host.PostHeadAsync(Seal(host, draft));

        await refused.ShouldBeProblemAsync(409, code);
        await after.ShouldBeProblemAsync(403, EvidenceCodes.DeviceFrozen);
        (await host.StoredAsync()).ShouldBe((1, 0, 1L));
        var kid = Bytes.ToText(host.Kid);
        var said = await app.InDbAsync(db =>
            db.Events.Where(e => e.Kind == DeviceFrozen.Kind).Select(e => e.Payload).ToListAsync()
        );
        said.ShouldContain(payload => payload.Contains(kid) && payload.Contains(code));
    }

    [Fact]
    public async Task Evidence_sealed_to_a_key_that_is_not_on_the_list_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        var swapped = draft.Recipients[1] with { Role = 1 };

        using var answer = await host.PostHeadAsync(
            Seal(host, draft with { Recipients = [swapped, draft.Recipients[1]] })
        );

        await answer.ShouldBeProblemAsync(422, EvidenceCodes.RecipientPolicy);
    }

    [Fact]
    public async Task The_largest_numbers_the_format_allows_are_stored_as_they_are()
    {
        var host = await ReportingHost.JoinAsync(app);
        var draft = host.Draft(await host.AskAsync());
        var segment = draft.Segments[0] with { Stream = uint.MaxValue };

        using var answer = await host.PostHeadAsync(
            Seal(host, draft with { Reason = uint.MaxValue, Counter = 9_007_199_254_740_991, Segments = [segment] })
        );

        await answer.ShouldBeAsync<ReportAccepted>(201);
        (await host.StoredAsync()).Counter.ShouldBe(9_007_199_254_740_991);
    }

    [Fact]
    public async Task A_head_part_too_short_or_too_long_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();

        using var empty = await host.PostHeadAsync([]);
        using var shorter = await host.PostHeadAsync(bundle.Head[..^1]);
        using var longer = await host.PostHeadAsync([.. bundle.Head, 0]);
        using var whole = await host.PostHeadAsync(bundle.ToFile());

        await empty.ShouldBeProblemAsync(422, EvidenceCodes.Truncated);
        await shorter.ShouldBeProblemAsync(422, EvidenceCodes.Truncated);
        await longer.ShouldBeProblemAsync(422, EvidenceCodes.TrailingBytes);
        await whole.ShouldBeProblemAsync(422, EvidenceCodes.TrailingBytes);
        (await host.StoredAsync()).Reports.ShouldBe(0);
    }

    [Theory]
    [InlineData("Content-Length: 4000000", "", EvidenceCodes.LimitExceeded)]
    // Without a length the header decides, which is the first 32 bytes: zeros are no bundle.
    [InlineData("Transfer-Encoding: chunked", "20\r\nZEROS\r\n", EvidenceCodes.BadMagic)]
    public async Task A_body_larger_than_its_limit_is_refused_before_it_is_read(string length, string body, string code)
    {
        var host = await ReportingHost.JoinAsync(app);
        var request =
            $"POST /v1/reports HTTP/1.1\r\nHost: {app.Address.Authority}\r\n"
            + $"Authorization: {host.Http.DefaultRequestHeaders.Authorization}\r\n"
            + $"Content-Type: {CoseContentTypes.Bundle}\r\n{length}\r\n\r\n"
            + body.Replace("ZEROS", new string('\0', 32), StringComparison.Ordinal);
        using var socket = new TcpClient(app.Address.Host, app.Address.Port);
        await using var stream = socket.GetStream();

        // No more is sent, and the answer comes all the same.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = "";
        var block = new byte[4_096];
        while (!answer.Contains("trace_id", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(block).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            read.ShouldBeGreaterThan(0, answer);
            answer += Encoding.ASCII.GetString(block, 0, read);
        }

        answer.ShouldContain($"HTTP/1.1 {EvidenceCodes.HttpStatusOf(code)} ");
        answer.ShouldContain($"\"code\":\"{code}\"");
    }

    [Fact]
    public async Task Another_content_type_is_not_read()
    {
        var host = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();

        using var answer = await host.Http.PostAsync(
            "/v1/reports",
            ReportingHost.Body(bundle.Head, "application/octet-stream")
        );

        await answer.ShouldBeProblemAsync(415, "request.unsupported-media-type");
    }

    [Fact]
    public async Task A_device_files_twenty_reports_an_hour_and_no_more()
    {
        var host = await ReportingHost.JoinAsync(app);
        for (var i = 0; i < 20; i++)
            await host.FileAsync();

        using var answer = await host.PostHeadAsync((await host.SealAsync()).Head);

        await answer.ShouldBeProblemAsync(429, "report.too-many");
        (await host.StoredAsync()).Reports.ShouldBe(20);
    }

    private static byte[] Seal(ReportingHost host, BundleDraft draft) => BundleSealer.Seal(draft, host.Device).Head;
}
