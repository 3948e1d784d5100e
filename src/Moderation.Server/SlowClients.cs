// Bounds what one connection may cost: how many there are, how long headers take, how slowly a body may come.
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Moderation.Features.Http;

namespace Moderation.Server;

public static class SlowClients
{
    public static void Bound(KestrelServerLimits kestrel, Limits limits)
    {
        // A route that takes more says so itself.
        kestrel.MaxRequestBodySize = limits.Of(Limits.Body);
        kestrel.MaxConcurrentConnections = limits.Of(Limits.Connections);
        kestrel.MaxConcurrentUpgradedConnections = 0;
        kestrel.MaxRequestHeaderCount = 64;
        kestrel.MaxRequestHeadersTotalSize = (int)limits.Of(Limits.Headers);
        kestrel.MaxRequestLineSize = 4_096;
        kestrel.RequestHeadersTimeout = TimeSpan.FromSeconds(limits.Of(Limits.HeaderSeconds));
        kestrel.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.MinRequestBodyDataRate = new MinDataRate(limits.Of(Limits.BodyRate), TimeSpan.FromSeconds(5));
    }
}
