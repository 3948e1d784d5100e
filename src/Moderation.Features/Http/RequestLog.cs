// Writes one log line a request: method, route pattern, status, time, trace id; never an id, address, header or body.
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Moderation.Features.Http;

public sealed class RequestLog(RequestDelegate next, ILogger<RequestLog> log, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = clock.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            // The pattern, not the path: a path carries ids, and a mistyped one may carry anything.
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "-";
            log.LogInformation(
                "{Method} {Route} {Status} {Milliseconds:F1} ms {TraceId}",
                context.Request.Method,
                route,
                context.Response.StatusCode,
                clock.GetElapsedTime(started).TotalMilliseconds,
                Activity.Current?.TraceId.ToString() ?? "-"
            );
        }
    }
}
