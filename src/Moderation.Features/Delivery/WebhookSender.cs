// Sends one attempt of one webhook: to a checked address, without redirects or proxy, for 20 seconds at most.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

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

    private readonly HttpClient _http;
    private readonly TimeProvider _clock;
    private readonly bool _allowLoopback;
    private readonly int[] _ports;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="configuration">`Webhooks:AllowLoopback`, `Webhooks:Ports`.</param>
    /// <param name="clock">For a `Retry-After` in seconds.</param>
    /// <param name="resolve">How names become addresses; null asks the system.</param>
    public WebhookSender(
        IConfiguration configuration,
        TimeProvider clock,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null
    )
    {
        _clock = clock;
        _allowLoopback = configuration.GetValue<bool>("Webhooks:AllowLoopback");
        _ports = configuration.GetSection("Webhooks:Ports").Get<int[]>() ?? [443];
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                // No traceparent: nothing of ours travels but what events.md lists.
                ActivityHeadersPropagator = null,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                MaxResponseHeadersLength = 16,
                SslOptions =
                {
                    EnabledSslProtocols =
                        System.Security.Authentication.SslProtocols.Tls12
                        | System.Security.Authentication.SslProtocols.Tls13,
                },
                ConnectCallback = ConnectAsync,
            }
        )
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Why this URL may not be called, or null. Names are checked again, by address, at every connection.</summary>
    public string? Refuse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            return "The URL is not an absolute one.";
        if (url.UserInfo.Length > 0)
            return "The URL must not carry user information.";
        var address = IPAddress.TryParse(url.IdnHost, out var literal) ? literal : null;
        if (address is not null && _allowLoopback && OutboundAddress.IsOwnMachine(address))
            return url.Scheme is "http" or "https" ? null : "Only http and https reach this machine.";
        if (url.Scheme != Uri.UriSchemeHttps)
            return "Only https is called.";
        if (!_ports.Contains(url.Port))
            return "This port is not called.";
        if (address is not null && !OutboundAddress.IsPublic(address))
            return "This address is not a public one.";
        return null;
    }

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
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
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

    // The name is resolved once, its addresses are checked, and the connection goes to one of exactly those.
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var literal = IPAddress.TryParse(host.Trim('[', ']'), out var written);
        var addresses = literal ? [written!] : await _resolve(host, ct);
        // A name that has a public and a private address is refused whole: the mixture is an attack or a mistake.
        if (addresses.Length == 0 || !addresses.All(a => IsOpen(a, literal)))
            throw new AddressRefusedException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsOpen(IPAddress address, bool literal) =>
        OutboundAddress.IsPublic(address) || (_allowLoopback && literal && OutboundAddress.IsOwnMachine(address));

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

    private sealed class AddressRefusedException() : Exception("The address is not a public one.");
}
