// Describes the API from its own code (OpenAPI 3.1 at /openapi/v1.json) and shows it to people at /docs, with nothing from elsewhere.
using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Moderation.Features.Http;

namespace Moderation.Server;

public static class ApiDescription
{
    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        ["html"] = "text/html; charset=utf-8",
        ["css"] = "text/css; charset=utf-8",
        ["js"] = "text/javascript; charset=utf-8",
    };

    public static void Add(IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.ShouldInclude = api =>
                    api.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true
                    || api.RelativePath?.StartsWith(".well-known/", StringComparison.Ordinal) == true;
                options.AddDocumentTransformer(
                    (document, _, _) =>
                    {
                        document.Info = new OpenApiInfo
                        {
                            Title = "Moderation",
                            Version = "1",
                            Description = "Trust and safety for end-to-end-encrypted meetings. Conventions: /docs.",
                        };
                        // The address it was asked at would make every copy differ.
                        document.Servers = [];
                        return Task.CompletedTask;
                    }
                );
                options.AddOperationTransformer(
                    (operation, context, _) =>
                    {
                        Describe(operation, context);
                        return Task.CompletedTask;
                    }
                );
            }
        );

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        routes.MapGet("/docs", () => Asset("index.html")).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/docs/{file}", (string file) => Asset(file)).AllowAnonymous().ExcludeFromDescription();
    }

    private static IResult Asset(string file) =>
        ContentTypes.GetValueOrDefault(file.Split('.')[^1]) is { } type
        && typeof(ApiDescription).Assembly.GetManifestResourceStream($"docs/{file}") is { } stream
            ? TypedResults.Stream(stream, type)
            : Problems.Of(StatusCodes.Status404NotFound, "request.not-found", null);

    // What sdk-and-cli.md 2 wants stated at every endpoint: permission, idempotency, codes, limits.
    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var policies = metadata.OfType<IAuthorizeData>().Select(a => a.Policy).OfType<string>().Distinct().ToList();
        var method = context.Description.HttpMethod ?? "GET";
        var takesKey = metadata.OfType<NeedsIdempotencyKey>().Any();
        var limit =
            policies.Contains(Policies.Platform) || metadata.OfType<BulkTraffic>().Any()
                ? Limits.Bulk
                : Limits.Credential;
        var permission = policies.Count == 0 ? "nobody in particular" : string.Join(", ", policies);
        var repeat = method switch
        {
            "GET" => "safe",
            _ when takesKey => $"{Idempotency.Header} is required; a repeat gets the first answer",
            "PUT" or "DELETE" => "a repeat changes nothing",
            _ => "the content itself is the key, or a repeat changes nothing",
        };
        operation.Description =
            $"Permission: {permission}. Repeat: {repeat}. Limit: {limit.Name}, {limit.Default.ToString(CultureInfo.InvariantCulture)} {limit.Unit}.";
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-permission"] = new JsonNodeExtension(permission);
        operation.Extensions["x-limit"] = new JsonNodeExtension(limit.Name);
        if (takesKey)
            (operation.Parameters ??= []).Add(
                new OpenApiParameter
                {
                    Name = Idempotency.Header,
                    In = ParameterLocation.Header,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 128 },
                }
            );
        operation.Responses ??= [];
        if (policies.Count > 0)
            Refusal("401", "auth.required");
        if (policies.Count > 0)
            Refusal("403", "auth.forbidden");
        Refusal("429", "request.too-many");
        Refusal("default", "any of /problems");

        void Refusal(string status, string codes) =>
            operation.Responses[status] = new OpenApiResponse
            {
                Description = $"problem+json: {codes}",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new OpenApiMediaType { Example = ProblemExample(status, codes) },
                },
            };
    }

    private static System.Text.Json.Nodes.JsonObject ProblemExample(string status, string code)
    {
        var known = ProblemPages.All.GetValueOrDefault(code) ?? ProblemPages.All["request.refused"];
        return new()
        {
            ["type"] = $"/problems/{known.Code}",
            ["title"] = "Words for people; they may change",
            ["status"] = status == "default" ? known.Status : int.Parse(status, CultureInfo.InvariantCulture),
            ["detail"] = known.Meaning,
            ["code"] = known.Code,
            ["trace_id"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        };
    }
}
