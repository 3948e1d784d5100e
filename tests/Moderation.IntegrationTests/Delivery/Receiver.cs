// A listening platform: a real HTTP server on loopback that keeps what it got and answers as the test says.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Moderation.Sdk.Webhooks;

namespace Moderation.IntegrationTests.Delivery;

public sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers[WebhookVerifier.IdHeader];
    public string Timestamp => Headers[WebhookVerifier.TimestampHeader];
    public string Signature => Headers[WebhookVerifier.SignatureHeader];
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
    public System.Text.Json.JsonElement Json => System.Text.Json.JsonDocument.Parse(Body).RootElement;
    public string? Account =>
        Json.GetProperty("data").TryGetProperty("account_id", out var account) ? account.GetString() : null;
}

public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _guard = new();
    private readonly List<Received> _got = [];

    private Receiver(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single() + "/hook");

    /// <summary>Answers one request; 200 unless the test says otherwise.</summary>
    public Func<Received, HttpContext, Task>? Answer { get; set; }

    public IReadOnlyList<Received> Got
    {
        get
        {
            lock (_guard)
                return [.. _got];
        }
    }

    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var receiver = new Receiver(builder.Build());
        receiver._app.Run(receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until something fitting has arrived.</summary>
    public async Task<Received> WaitForAsync(Func<Received, bool> fits, int seconds = 20)
    {
        for (var i = 0; i < seconds * 20; i++)
        {
            if (Got.FirstOrDefault(fits) is { } found)
                return found;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"Nothing fitting among {Got.Count} received.");
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var received = new Received(
            context.Request.Path,
            context.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()),
            body.ToArray()
        );
        lock (_guard)
            _got.Add(received);
        if (Answer is { } answer)
            await answer(received, context);
    }
}
