// Serves the review UI and the evidence-js modules it imports, all from our own origin.
using Microsoft.Extensions.FileProviders;
using Moderation.Features.Http;

namespace Moderation.Server;

public static class ReviewFiles
{
    public static void Map(WebApplication app)
    {
        var modules = Path.Combine(AppContext.BaseDirectory, "evidence-js");
        if (Directory.Exists(modules))
        {
            app.UseStaticFiles(
                new StaticFileOptions
                {
                    FileProvider = new PhysicalFileProvider(modules),
                    RequestPath = "/evidence-js",
                    OnPrepareResponse = file => file.Context.Response.Headers.CacheControl = "no-cache",
                }
            );
        }
        app.MapStaticAssets().AllowAnonymous();
        // A mistyped address of the API is a problem with a code, not the review UI.
        app.MapFallback("/v1/{**path}", () => Problems.Of(StatusCodes.Status404NotFound, "request.not-found", null))
            .AllowAnonymous();
        app.MapFallbackToFile("{*path:nonfile}", "index.html").AllowAnonymous();
    }
}
