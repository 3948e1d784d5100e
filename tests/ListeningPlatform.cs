// The platform's side of webhooks: takes them on loopback and keeps those that the SDK's verifier calls genuine.
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Moderation.Sdk.Webhooks;

namespace Moderation.Tests;

public sealed class ListeningPlatform : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Channel<(WebhookVerdict Verdict, JsonElement Body)> _taken = Channel.CreateUnbounded<(
        WebhookVerdict,
        JsonElement
    )>();
    private readonly WebhookVerifier _verifier;
    private readonly Task _serving;

    private ListeningPlatform(string url, string secret)
    {
        _verifier = new WebhookVerifier(secret);
        _listener.Prefixes.Add(url);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Subscribes, then listens with the secret that the subscription showed once.</summary>
    public static async Task<ListeningPlatform> SubscribeAsync(HttpClient platform)
    {
        var url = $"http://127.0.0.1:{PostgresCluster.FreePort()}/";
        using var answer = await platform.PostAsJsonAsync("/v1/webhooks", new { url = $"{url}hook" });
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        var shape = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return new ListeningPlatform(url, shape.GetProperty("secret").GetString()!);
    }

    /// <summary>The next event of this kind, which must be genuine.</summary>
    public async Task<JsonElement> NextAsync(string kind, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await foreach (var (verdict, body) in _taken.Reader.ReadAllAsync(limit.Token))
        {
            verdict.ShouldBe(WebhookVerdict.Genuine);
            if (body.GetProperty("type").GetString() == kind)
                return body;
        }
        throw new InvalidOperationException("The platform has stopped listening.");
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var headers = context.Request.Headers;
            var verdict = _verifier.Verify(
                headers[WebhookVerifier.IdHeader],
                headers[WebhookVerifier.TimestampHeader],
                headers[WebhookVerifier.SignatureHeader],
                body.ToArray()
            );
            _taken.Writer.TryWrite(
                (verdict, JsonDocument.Parse(Encoding.UTF8.GetString(body.ToArray())).RootElement.Clone())
            );
            context.Response.StatusCode = 204;
            context.Response.Close();
        }
    }
}
