// `moderation listen`: subscribes a listener on this machine to enforcement events and prints each one after checking its signature.
using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Moderation.Sdk.Webhooks;

namespace Moderation.Cli.Verbs;

public static class ListenVerb
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Make()
    {
        var count = new Option<int>("--count") { Description = "stop after so many events; 0 goes on until Ctrl-C" };
        var port = new Option<int>("--port")
        {
            Description = "port of the listener on 127.0.0.1; a free one unless given",
        };
        var command = new Command(
            "listen",
            """
            Show enforcement events as the platform gets them: webhooks, signature checked.

            Example: moderation listen
            """
        )
        {
            count,
            port,
        };
        command.SetAction(
            (parsed, ct) => RunAsync(parsed.GetValue(count), parsed.GetValue(port), parsed.WantsJson(), ct)
        );
        return command;
    }

    private static async Task<int> RunAsync(int count, int port, bool json, CancellationToken ct)
    {
        var server = ServerAddress.Find();
        using var platform = ApiClient.AsPlatform(server);
        using var listener = new HttpListener();
        var address = $"http://127.0.0.1:{(port == 0 ? FreePort() : port)}/hooks/";
        listener.Prefixes.Add(address);
        listener.Start();
        var subscription = await platform.SendAsync(HttpMethod.Post, "/v1/webhooks", new { url = address }, ct);
        var id = subscription.GetProperty("id").GetString();
        var verifier = new WebhookVerifier(subscription.GetProperty("secret").GetString()!);
        Shared.Talk($"listening on {address} as subscription {id}; Ctrl-C ends it");
        try
        {
            for (var seen = 0; count == 0 || seen < count; )
                if (await TakeOneAsync(listener, verifier, json, ct))
                    seen++;
            return ExitCode.Ok;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Ok;
        }
        finally
        {
            using var goodbye = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await platform.SendAsync(HttpMethod.Delete, $"/v1/webhooks/{id}", null, goodbye.Token);
        }
    }

    private static async Task<bool> TakeOneAsync(
        HttpListener listener,
        WebhookVerifier verifier,
        bool json,
        CancellationToken ct
    )
    {
        var context = await listener.GetContextAsync().WaitAsync(ct);
        using var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body, ct);
        var headers = context.Request.Headers;
        var verdict = verifier.Verify(
            headers[WebhookVerifier.IdHeader],
            headers[WebhookVerifier.TimestampHeader],
            headers[WebhookVerifier.SignatureHeader],
            body.ToArray()
        );
        var good = verdict == WebhookVerdict.Genuine;
        context.Response.StatusCode = good ? 204 : 401;
        context.Response.Close();
        if (!good)
        {
            Shared.Talk($"refused a request: {verdict}");
            return false;
        }
        if (IsTest(body.ToArray()))
        {
            Shared.Talk("answered the test event; the subscription is enabled");
            return false;
        }
        Print(body.ToArray(), json);
        return true;
    }

    // The event with which a new address is tried; it means nothing by itself.
    private static bool IsTest(byte[] body)
    {
        using var parsed = JsonDocument.Parse(body);
        return parsed.RootElement.GetProperty("type").GetString() == "enforcement.test";
    }

    private static void Print(byte[] body, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(body));
            return;
        }
        using var parsed = JsonDocument.Parse(body);
        var root = parsed.RootElement;
        var data = root.GetProperty("data");
        var at = root.GetProperty("timestamp").GetDateTimeOffset().ToLocalTime();
        Console.Out.WriteLine(
            $"{at.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {root.GetProperty("type").GetString()}  account {Text(data, "account_id")} v{Text(data, "account_version")}  signature verified"
        );
        Console.Out.WriteLine(JsonSerializer.Serialize(root, Indented));
    }

    private static string Text(JsonElement data, string member) =>
        data.TryGetProperty(member, out var value) ? value.ToString() : "-";

    private static int FreePort()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
