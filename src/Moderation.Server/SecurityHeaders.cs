// Adds to every answer what a browser must know: whose scripts may run, and that nothing of the API is cached.
namespace Moderation.Server;

public sealed class SecurityHeaders(RequestDelegate next)
{
    // review-ui.md 1; base-uri 'self' because Blazor cannot route without its base element (docs/decisions/0023).
    private const string ContentPolicy =
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; "
        + "media-src blob:; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; "
        + "form-action 'self'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
            headers.CacheControl = "no-store";
        return next(context);
    }
}
