// Serves the review UI and the evidence-js modules it imports, all from our own origin.
using Microsoft.Extensions.FileProviders;
using Moderation.Features.Http;

namespace Moderation.Server;

public static class ReviewFiles
{
    /// <summary>The modules come before sign-in: they are public, and the fallback policy closes what names no policy.</summary>
    public static void Use(WebApplication app) =>
        app.UseStaticFiles(
            new StaticFileOptions
            {
                FileProvider = new PhysicalFileProvider(Path.Combine(AppContext.BaseDirectory, "evidence-js")),
                RequestPath = "/evidence-js",
                OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
            }
        );

    public static void Map(WebApplication app)
    {
        app.MapStaticAssets().AllowAnonymous();
        NothingHere.Map(app);
        app.MapFallbackToFile("{*path:nonfile}", "index.html").AllowAnonymous();
    }
}
