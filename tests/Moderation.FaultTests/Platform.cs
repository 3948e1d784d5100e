// The platform: registers hosts and meetings, and takes webhooks, keeping those that the SDK's verifier calls genuine.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Moderation.Sdk.Webhooks;

namespace Moderation.FaultTests;

public sealed class Platform : IAsyncDisposable
{
    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly HttpClient _http;
    private readonly HttpListener _listener = new();
    private readonly Persistent _persistent;
    private readonly Book _book;
    private WebhookVerifier? _verifier;
    private Task _serving = Task.CompletedTask;

    public Platform(Uri address, string key, Book book)
    {
        _book = book;
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        _persistent = new Persistent(_http, book);
    }

    public async Task ListenAsync(int port)
    {
        var url = $"http://127.0.0.1:{port}/";
        _listener.Prefixes.Add(url);
        _listener.Start();
        var shape = await SendAsync(HttpMethod.Post, "/v1/webhooks", new { url = $"{url}hook" });
        _verifier = new WebhookVerifier(shape.GetProperty("secret").GetString()!);
        _serving = ServeAsync();
    }

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object body)
    {
        var (status, bytes, _) = await _persistent.SendAsync(() =>
            new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, options: Json) }
        );
        if ((int)status >= 300)
            throw new Violation($"{method} {path} was answered with {(int)status}");
        return JsonDocument.Parse(bytes).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener.IsListening)
            _listener.Stop();
        await _serving;
        _listener.Close();
        _http.Dispose();
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
            context.Response.StatusCode = Take(context.Request.Headers, body.ToArray()) ? 204 : 401;
            context.Response.Close();
        }
    }

    private bool Take(System.Collections.Specialized.NameValueCollection headers, byte[] body)
    {
        var id = headers[WebhookVerifier.IdHeader];
        var verdict = _verifier!.Verify(
            id,
            headers[WebhookVerifier.TimestampHeader],
            headers[WebhookVerifier.SignatureHeader],
            body
        );
        // With a jumping clock a genuine event may come from another hour; a platform refuses it and it comes again.
        if (verdict != WebhookVerdict.Genuine)
            return false;
        var data = JsonDocument.Parse(body).RootElement;
        if (!data.GetProperty("type").GetString()!.StartsWith("enforcement.account.", StringComparison.Ordinal))
            return true;
        var header = data.GetProperty("data");
        _book.Effects[id!] = (
            Text(header, "account_id"),
            header.GetProperty("account_version").GetInt64(),
            Text(header, "decision_id")
        );
        return true;
    }

    private static string Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) ? value.ToString() : "";
}
