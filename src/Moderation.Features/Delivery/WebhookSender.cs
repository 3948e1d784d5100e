// Sends one attempt of one webhook: to a checked address, without redirects or proxy, for 20 seconds at most.
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using Moderation.Features.Http;

namespace Moderation.Features.Delivery;

/// <param name="Status">HTTP status, or null when there was no answer.</param>
/// <param name="Error">Class of the failure, or null on success.</param>
public sealed record SendResult(int? Status, string? Error, DateTimeOffset? RetryAfter)
{
    public bool Succeeded => Status is >= 200 and < 300;
}

public sealed class WebhookSender : IDisposable
{
    private const int ResponseCap = 16 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private static readonly string Agent =
        $"moderation/{typeof(WebhookSender).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    private readonly OutboundHttp _http;
    private readonly TimeProvider _clock;

    /// <param name="configuration">`Webhooks:AllowLoopback`, `Webhooks:Ports`.</param>
    /// <param name="clock">For a `Retry-After` in seconds.</param>
    /// <param name="resolve">How names become addresses; null asks the system.</param>
    public WebhookSender(
        IConfiguration configuration,
        TimeProvider clock,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null
    ) => (_clock, _http) = (clock, new OutboundHttp(configuration.GetSection("Webhooks"), resolve));

    /// <summary>Why this URL may not be called, or null. Names are checked again, by address, at every connection.</summary>
    public string? Refuse(string text) => _http.Refuse(text);

    public async Task<SendResult> SendAsync(
        string url,
        string id,
        byte[] body,
        IReadOnlyList<byte[]> secrets,
        CancellationToken ct
    )
    {
        // Checked again here: the rules may have become stricter since the URL was taken in.
        if (Refuse(url) is not null)
            return new SendResult(null, "url-refused", null);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Timeout);
        try
        {
            using var request = RequestOf(url, id, body, secrets);
            using var response = await _http.Client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                limit.Token
            );
            var status = (int)response.StatusCode;
            var answer = new SendResult(
                status,
                response.IsSuccessStatusCode ? null : "status",
                response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
                    ? RetryAfterOf(response.Headers.RetryAfter)
                    : null
            );
            await DrainAsync(response, limit.Token);
            return answer;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            return new SendResult(null, ClassOf(e), null);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage RequestOf(string url, string id, byte[] body, IReadOnlyList<byte[]> secrets)
    {
        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds();
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", Agent);
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation(
            "webhook-timestamp",
            timestamp.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
        request.Headers.TryAddWithoutValidation(
            "webhook-signature",
            WebhookSignature.Sign(id, timestamp, body, secrets)
        );
        return request;
    }

    // The body is ignored; reading a little of it lets the connection be used again.
    private static async Task DrainAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            var buffer = new byte[ResponseCap];
            await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status has arrived, and the status alone counts (EV-12).
        }
    }

    private DateTimeOffset? RetryAfterOf(RetryConditionHeaderValue? header) =>
        header?.Date ?? (header?.Delta is { } delta ? _clock.GetUtcNow() + delta : null);

    private static string ClassOf(Exception e) =>
        e switch
        {
            OperationCanceledException => "timeout",
            HttpRequestException { InnerException: AddressRefusedException } => "address-refused",
            HttpRequestException http => $"http-{http.HttpRequestError}",
            _ => e.GetType().Name,
        };
}
