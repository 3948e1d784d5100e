// What a hostile client may send and what it costs us: no 5xx, nothing told about the server, no growth, the line cut.
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Moderation.IntegrationTests.Intake;

namespace Moderation.IntegrationTests.Http;

[Collection(IntakeCollection.Name)]
public sealed class HostileInputTests(App app)
{
    // What would tell of the inside: types, paths, statements, versions.
    private static readonly string[] Leaks =
    [
        "Moderation.",
        "Npgsql",
        "System.",
        ".cs:line",
        "/bin/Release/",
        "select ",
        "   at ",
        "Kestrel",
    ];

    [Fact]
    public async Task Malformed_cbor_is_refused_by_every_door_that_takes_it()
    {
        var host = await ReportingHost.JoinAsync(app);
        var bundle = await host.SealAsync();
        foreach (var bytes in Cbor(bundle.Head))
        {
            await RefusedAsync(await host.PostHeadAsync(bytes));
            await RefusedAsync(await host.Http.PostAsync("/v1/filings", ReportingHost.Body(bytes, "application/cose")));
        }
        (await host.StoredAsync()).Reports.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Jsons))]
    public async Task Malformed_json_is_refused_by_every_door_that_takes_it(string name, string json)
    {
        name.ShouldNotBeEmpty();
        using var platform = await app.PlatformAsync();
        using var staff = (await app.StaffAsync(Domain.Staff.StaffRole.Analyst)).Http;
        foreach (var path in new[] { "/v1/signals", "/v1/webhooks", "/v1/host-tokens" })
            await RefusedAsync(await platform.PostAsync(path, Text(json)));
        foreach (var path in new[] { "/v1/meetings/m", "/v1/accounts/a/devices/k" })
            await RefusedAsync(await platform.PutAsync(path, Text(json)));
        foreach (var path in new[] { "/v1/claims", "/v1/decisions", "/v1/session" })
            await RefusedAsync(await staff.PostAsync(path, Text(json)));
    }

    public static TheoryData<string, string> Jsons() =>
        new()
        {
            { "nothing", "" },
            { "half an object", "{\"a\":" },
            { "an array", "[]" },
            { "null", "null" },
            { "a number that is no number", "{\"account\":NaN}" },
            { "deep nesting", new string('[', 50_000) },
            { "deep objects", string.Concat(Enumerable.Repeat("{\"a\":", 20_000)) },
            { "unknown member", "{\"surprise\":1}" },
            { "a lone surrogate", "{\"account\":\"\\ud800\"}" },
            { "a NUL", "{\"account\":\"a\\u0000b\"}" },
            { "a giant number", "{\"account\":1e999999}" },
            { "odd characters", "{\"account\":\"\u0080\uffff\"}" },
            { "twice the same member", "{\"account\":[],\"account\":{}}" },
        };

    [Theory]
    [InlineData("/v1/reports/%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("/v1/reports/..%5c..%5cwindows")]
    [InlineData("/v1/reports/rpt_00000000000000000000000000/segments/-1")]
    [InlineData("/v1/reports/rpt_00000000000000000000000000/segments/99999999999999999999")]
    [InlineData("/v1/reports/case_01k00000000000000000000000")]
    [InlineData("/v1/reports/%00")]
    [InlineData("/v1/reports/rpt_%F0%9F%92%A9")]
    [InlineData("/evidence-js/..%2f..%2fappsettings.json")]
    [InlineData("/docs/..%2fappsettings.json")]
    [InlineData("/problems/%3Cscript%3E")]
    [InlineData("/v1/cases?limit=-5")]
    [InlineData("/v1/cases?cursor=%00")]
    [InlineData("/v1/nothing/here")]
    public async Task A_trick_with_an_address_finds_nothing(string path)
    {
        var host = await ReportingHost.JoinAsync(app);
        var line = await RawAsync($"GET {path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
        StatusOf(line).ShouldBeInRange(300, 499, line);
        line.ShouldNotContain("ConnectionStrings");
        await RefusedAsync(await host.Http.GetAsync(path));
    }

    [Fact]
    public async Task A_kind_of_content_that_no_door_takes_is_refused_with_a_problem()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var challenge = await host.Http.PostAsync(
            "/v1/reports/challenges",
            ReportingHost.Body("<a/>"u8.ToArray(), "text/xml")
        );
        using var head = await host.Http.PostAsync("/v1/reports", ReportingHost.Body([1], "application/json"));
        using var method = await host.Http.PatchAsync("/v1/reports", null);
        using var missing = await host.Http.GetAsync("/v1/nothing");

        await challenge.ShouldBeProblemAsync(415, "request.unsupported-media-type");
        await head.ShouldBeProblemAsync(415, "request.unsupported-media-type");
        await method.ShouldBeProblemAsync(405, "request.method-not-allowed");
        await missing.ShouldBeProblemAsync(404, "request.not-found");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: t\r\n{0}\r\n\r\n", 431)]
    [InlineData("GET /{1} HTTP/1.1\r\nHost: t\r\n\r\n", 414)]
    [InlineData("GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400)]
    [InlineData("POST /v1/filings HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /v1/filings HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 401)]
    [InlineData("GET / HTTP/9.9\r\n\r\n", 505)]
    [InlineData("\u0001\u0002\u0003\r\n\r\n", 400)]
    public async Task A_broken_request_is_answered_and_the_line_is_cut(string template, int status)
    {
        var flood = string.Join("\r\n", Enumerable.Range(0, 400).Select(n => $"X-{n}: {new string('a', 60)}"));
        var request = template
            .Replace("{0}", flood, StringComparison.Ordinal)
            .Replace("{1}", new string('a', 9_000), StringComparison.Ordinal);

        var answer = await RawAsync(request);

        StatusOf(answer).ShouldBe(status, answer);
        Leaks.ShouldAllBe(leak => !answer.Contains(leak, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Half_closed_and_half_sent_uploads_leave_nothing_and_cost_nothing()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        var token = host.Http.DefaultRequestHeaders.Authorization!.Parameter;
        var half = Encoding.ASCII.GetBytes(
            $"PUT /v1/reports/{report.ReportId}/segments/0 HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {token}\r\n"
                + $"Content-Type: application/octet-stream\r\nContent-Length: {bundle.Segments[0].Length}\r\n\r\n"
        );

        for (var round = 0; round < 20; round++)
        {
            using var line = await ConnectAsync();
            await line.SendAsync(half);
            await line.SendAsync(bundle.Segments[0].AsMemory(0, 1_000));
            if (round % 2 == 0)
                line.Shutdown(SocketShutdown.Send);
        }
        // The server sees the lines go; then nothing of them is left.
        var incoming = new DirectoryInfo(Path.Combine(app.DataDir, "blobs", "incoming"));
        await EventuallyAsync(() => !incoming.Exists || !incoming.EnumerateFiles().Any());
        using var put = await host.PutSegmentAsync(report.ReportId, 0, bundle.Segments[0]);

        await put.ShouldBeAsync(204);
    }

    [Fact]
    public async Task A_flood_of_rubbish_leaves_the_memory_as_it_was()
    {
        var host = await ReportingHost.JoinAsync(app);
        var rubbish = new byte[1_500_000];
        new Span<byte>(rubbish).Fill(0xD2);
        await SendAsync(20);
        var before = Memory();

        await SendAsync(200);

        // 200 bodies of 1.5 MB are 300 MB; what other tests do at the same time is far less.
        (Memory() - before).ShouldBeLessThan(150_000_000);

        async Task SendAsync(int count)
        {
            for (var n = 0; n < count; n++)
                await RefusedAsync(await host.PostHeadAsync(rubbish));
        }
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var me = Process.GetCurrentProcess();
        return me.WorkingSet64;
    }

    private static IEnumerable<byte[]> Cbor(byte[] head)
    {
        yield return [];
        yield return [0xD2];
        yield return [0xD2, 0x84];
        // An array, a map and a text that say they have 2^63 items.
        yield return [0xD2, 0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        yield return [0xD2, 0xBB, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        yield return [0xD2, 0x84, 0x5B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        // Arrays in arrays, tags in tags, an indefinite length.
        yield return [0xD2, .. Enumerable.Repeat((byte)0x81, 9_000)];
        yield return [.. Enumerable.Repeat((byte)0xD2, 9_000)];
        yield return [0xD2, 0x9F, 0xFF];
        // A head part whose lengths lie, are cut, or are followed by more.
        foreach (var at in new[] { 8, 12, 16, 20, 24, 28 })
        {
            var lied = head.ToArray();
            lied.AsSpan(at, 4).Fill(0xFF);
            yield return lied;
        }
        yield return head[..31];
        yield return head[..(head.Length / 2)];
        yield return [.. head, 0];
    }

    private static async Task RefusedAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync();
            ((int)answer.StatusCode).ShouldBeInRange(400, 499, body);
            answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", body);
            Leaks.ShouldAllBe(leak => !body.Contains(leak, StringComparison.Ordinal), body);
            answer.Headers.Server.ShouldBeEmpty();
        }
    }

    private static StringContent Text(string json) =>
        new(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private async Task<Socket> ConnectAsync()
    {
        var line = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await line.ConnectAsync(app.Address.Host, app.Address.Port);
        return line;
    }

    // Reads until the server closes the line, which it must within ten seconds.
    private async Task<string> RawAsync(string request)
    {
        using var line = await ConnectAsync();
        await line.SendAsync(Encoding.Latin1.GetBytes(request));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var block = new byte[16_384];
        var answer = new StringBuilder();
        try
        {
            int read;
            while ((read = await line.ReceiveAsync(block, patience.Token)) > 0)
            {
                answer.Append(Encoding.Latin1.GetString(block, 0, read));
                // An answer that leaves the line open is complete when its headers are; the test closes it.
                if (
                    answer.ToString().Contains("Connection: close", StringComparison.OrdinalIgnoreCase) == false
                    && answer.ToString().Contains("\r\n\r\n", StringComparison.Ordinal)
                )
                    break;
            }
        }
        catch (SocketException)
        {
            // Cut off hard: what came before counts.
        }
        return answer.ToString();
    }

    private static int StatusOf(string answer) =>
        answer.Split(' ') is [_, var code, ..] && int.TryParse(code, out var status) ? status : 0;

    private static async Task EventuallyAsync(Func<bool> holds)
    {
        for (var n = 0; n < 100 && !holds(); n++)
            await Task.Delay(100);
        holds().ShouldBeTrue();
    }
}
