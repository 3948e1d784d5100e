// Answers an address of the API at which there is nothing: 405 or 415 when only the method or the content is wrong, else 404.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Moderation.Features.Http;

public static class NothingHere
{
    /// <summary>A mistyped address of the API is a problem with a code, not the review UI.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapFallback("/v1/{**path}", Answer).AllowAnonymous();

    /// <summary>The catch-all takes every method, so routing itself no longer says 405 or 415.</summary>
    private static ProblemHttpResult Answer(HttpContext context, EndpointDataSource endpoints)
    {
        var methods = endpoints
            .Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText is { } text && !text.Contains("{*", StringComparison.Ordinal))
            .Where(e => Matches(e, context.Request.Path))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        if (methods.Count == 0)
            return Problems.Of(StatusCodes.Status404NotFound, "request.not-found", null);
        // The method is offered, so it was the kind of content that no endpoint took.
        if (methods.Contains(context.Request.Method))
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "request.unsupported-media-type", null);
        context.Response.Headers.Allow = string.Join(", ", methods);
        return Problems.Of(StatusCodes.Status405MethodNotAllowed, "request.method-not-allowed", null);
    }

    // By shape alone; what a constraint would refuse is offered by no other method either.
    private static bool Matches(RouteEndpoint endpoint, PathString path) =>
        new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, []);
}
