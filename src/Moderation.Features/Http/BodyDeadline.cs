// Cuts off a request whose body does not arrive in time; a minimum rate alone would let a large one dribble for an hour.
using Microsoft.AspNetCore.Http;

namespace Moderation.Features.Http;

public sealed class BodyDeadline(RequestDelegate next, Limits limits, TimeProvider clock)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0)
        {
            await next(context);
            return;
        }
        var time = TimeSpan.FromSeconds(limits.Of(Limits.BodySeconds));
        await using var cut = clock.CreateTimer(
            static state => ((HttpContext)state!).Abort(),
            context,
            time,
            Timeout.InfiniteTimeSpan
        );
        await next(context);
    }
}
