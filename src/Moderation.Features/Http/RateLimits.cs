// Refuses who asks too often, per address before anything is looked up, then per credential and account; every answer says what is left.
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Moderation.Features.Http;

/// <summary>Marks an endpoint that one caller rightly asks thousands of times a minute, such as a segment's.</summary>
public sealed record BulkTraffic;

public sealed class RateLimits(RateWindows windows, Limits limits)
{
    private static readonly Meter Meter = new("Moderation.Limits");
    private static readonly Counter<long> Refused = Meter.CreateCounter<long>("moderation.limits.refused");

    /// <summary>Comes before sign-in, which asks the database.</summary>
    public Task ByAddressAsync(HttpContext context, RequestDelegate next)
    {
        // A loopback address is a proxy of ours: to count it would be to count everybody as one.
        if (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address))
            return next(context);
        return GoOnAsync(context, next, [Take(Limits.Address, NetworkOf(address))]);
    }

    /// <summary>Comes after sign-in.</summary>
    public Task ByCallerAsync(HttpContext context, RequestDelegate next)
    {
        if (context.User.Identity is not { IsAuthenticated: true })
            return next(context);
        var isBulk =
            context.User.IsInRole("platform") || context.GetEndpoint()?.Metadata.GetMetadata<BulkTraffic>() is not null;
        List<RateTaken> taken =
        [
            Take(
                isBulk ? Limits.Bulk : Limits.Credential,
                context.User.FindFirst(Caller.CredentialClaim)?.Value ?? context.User.Subject()
            ),
        ];
        if (context.User.IsInRole("host") && !isBulk)
            taken.Add(Take(Limits.Account, context.User.Subject()));
        return GoOnAsync(context, next, taken);
    }

    private RateTaken Take(Limit limit, string key)
    {
        var part = Math.Max(1, limits.Of(limit) / Math.Max(1, limits.Of(Limits.ApiProcesses)));
        return windows.Take(limit.Name, key, part);
    }

    private static async Task GoOnAsync(HttpContext context, RequestDelegate next, IReadOnlyList<RateTaken> taken)
    {
        // The one that will refuse first is the one to tell of.
        var nearest = taken.MinBy(t => t.Remaining);
        var headers = context.Response.Headers;
        headers["RateLimit-Policy"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"{nearest.Policy}\";q={nearest.Quota};w={RateWindows.WindowSeconds}"
        );
        headers["RateLimit"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"{nearest.Policy}\";r={Math.Max(0, nearest.Remaining)};t={nearest.ResetSeconds}"
        );
        if (!nearest.IsRefused)
        {
            await next(context);
            return;
        }
        Refused.Add(1, new KeyValuePair<string, object?>("limit", nearest.Policy));
        headers.RetryAfter = nearest.ResetSeconds.ToString(CultureInfo.InvariantCulture);
        await Problems
            .Of(429, "request.too-many", "Too many requests; Retry-After says when to go on.")
            .ExecuteAsync(context);
    }

    // One customer gets a /64 of IPv6, so single addresses of it count as one.
    private static string NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return Convert.ToHexString(address.GetAddressBytes().AsSpan(0, address.GetAddressBytes().Length == 16 ? 8 : 4));
    }
}
