// Checks a request body with its FluentValidation rules before the handler sees it.
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Moderation.Features.Http;

public static class Validation
{
    /// <summary>Answers 400 `request.invalid` with every broken rule, each with a JSON pointer.</summary>
    public static RouteHandlerBuilder Validate<T>(this RouteHandlerBuilder route)
        where T : class =>
        route.AddEndpointFilter(
            async (context, next) =>
            {
                var body = context.Arguments.OfType<T>().FirstOrDefault();
                if (body is null)
                    return Problems.Of(400, "request.malformed", "A JSON body is needed.");
                var validator = context.HttpContext.RequestServices.GetRequiredService<IValidator<T>>();
                var result = await validator.ValidateAsync(body, context.HttpContext.RequestAborted);
                return result.IsValid ? await next(context) : Refuse(result);
            }
        );

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Refuse(
        FluentValidation.Results.ValidationResult result
    ) =>
        Problems.Of(
            400,
            "request.invalid",
            "Some members break a rule.",
            new Dictionary<string, object?>
            {
                ["errors"] = result
                    .Errors.Select(e => new { pointer = PointerOf(e.PropertyName), detail = e.ErrorMessage })
                    .ToList(),
            }
        );

    private static string PointerOf(string property) =>
        "/"
        + string.Join(
            '/',
            property
                .Replace("[", ".", StringComparison.Ordinal)
                .Replace("]", "", StringComparison.Ordinal)
                .Split('.')
                .Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)
        );
}
