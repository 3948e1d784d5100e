// Calls addresses that a platform has given: checked ones only, without redirects, proxy or cookies (events.md EV-13).
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Moderation.Features.Http;

/// <summary>The address behind a name is not one that is called.</summary>
public sealed class AddressRefusedException() : Exception("The address is not a public one.");

public sealed class OutboundHttp : IDisposable
{
    private readonly bool _allowLoopback;
    private readonly int[] _ports;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="settings">The section with `AllowLoopback` and `Ports`.</param>
    /// <param name="resolve">How names become addresses; null asks the system.</param>
    public OutboundHttp(IConfiguration settings, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        _allowLoopback = settings.GetValue<bool>("AllowLoopback");
        _ports = settings.GetSection("Ports").Get<int[]>() ?? [443];
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        Client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                // No traceparent: nothing of ours travels but what the specification lists.
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
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Has no limit of time of its own; the caller sets one.</summary>
    public HttpClient Client { get; }

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

    public void Dispose() => Client.Dispose();

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
}
