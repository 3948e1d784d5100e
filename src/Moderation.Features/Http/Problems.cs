// Turns refusals, broken rules and faults into problem+json with a stable code; the only place that knows HTTP statuses of refusals.
using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Moderation.Domain;
using Moderation.Evidence;
using Npgsql;

namespace Moderation.Features.Http;

public static class Problems
{
    public static ProblemHttpResult ToProblem(this Refusal refusal) =>
        Of(StatusOf(refusal.Kind), refusal.Code, refusal.Detail, refusal.Facts);

    /// <summary>A code of evidence-bundle.md 25; the code alone, since the caller is not trusted.</summary>
    public static ProblemHttpResult OfEvidence(string code, IReadOnlyDictionary<string, object?>? more = null) =>
        Of(EvidenceCodes.HttpStatusOf(code), code, null, more);

    /// <summary>A refusal of the evidence format as one of ours; its detail stays with the operator.</summary>
    public static Refusal ToRefusal(this EvidenceRefusal refusal) =>
        new(KindOf(refusal.HttpStatus), refusal.Code, "The evidence failed this check.");

    public static ProblemHttpResult Of(
        int status,
        string code,
        string? detail,
        IReadOnlyDictionary<string, object?>? more = null
    )
    {
        var problem = Details(status, code, detail);
        foreach (var (name, value) in more ?? new Dictionary<string, object?>())
            problem.Extensions[name] = value;
        return TypedResults.Problem(problem);
    }

    public static ProblemDetails Details(int status, string code, string? detail)
    {
        var problem = new ProblemDetails
        {
            Type = $"/problems/{code}",
            Title = TitleOf(status),
            Status = status,
            Detail = detail,
        };
        problem.Extensions["code"] = code;
        problem.Extensions["trace_id"] = Activity.Current?.TraceId.ToString();
        return problem;
    }

    /// <summary>Answers faults without detail: what went wrong inside may be sensitive (house-style.md 3.5).</summary>
    public static async Task WriteFaultAsync(HttpContext context)
    {
        var fault = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        var problem = fault switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Of(
                413,
                "request.too-large",
                null
            ),
            BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => Of(
                415,
                "request.unsupported-media-type",
                null
            ),
            BadHttpRequestException bad
                when bad.Message.StartsWith("Failed to bind parameter", StringComparison.Ordinal) => Of(
                400,
                "id.wrong-kind",
                "A part of the address or query is not of the kind that belongs there."
            ),
            BadHttpRequestException { InnerException: System.Text.Json.JsonException json } => Of(
                400,
                "request.malformed",
                $"The JSON body is not understood at {json.Path ?? "$"}: an unknown member or a wrong type."
            ),
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => Of(
                408,
                "request.timeout",
                null
            ),
            BadHttpRequestException bad => Of(bad.StatusCode, "request.malformed", null),
            // JSON allows U+0000 in a text and PostgreSQL does not; nothing of ours ever writes one.
            not null when fault.GetBaseException() is PostgresException { SqlState: "22021" } => Of(
                400,
                "request.malformed",
                "A text holds a character that cannot be stored."
            ),
            not null when IsDatabaseAway(fault) => Of(503, "database.unavailable", null),
            _ => Of(500, "server.fault", null),
        };
        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "1";
        await problem.ExecuteAsync(context);
    }

    /// <summary>Gives every bare status (404, 405, 401 …) the same form.</summary>
    public static async Task WriteStatusAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        var code = context.Response.StatusCode switch
        {
            401 => "auth.required",
            403 => "auth.forbidden",
            404 => "request.not-found",
            405 => "request.method-not-allowed",
            408 => "request.timeout",
            413 => "request.too-large",
            415 => "request.unsupported-media-type",
            429 => "request.too-many",
            _ => "request.refused",
        };
        await Of(context.Response.StatusCode, code, null).ExecuteAsync(context);
    }

    // Down, starting, shutting down, out of connections, or the connection broke: nothing that we did wrong.
    private static bool IsDatabaseAway(Exception? fault)
    {
        for (var at = fault; at is not null; at = at.InnerException)
            if (at is NpgsqlException { IsTransient: true })
                return true;
        return false;
    }

    private static int StatusOf(RefusalKind kind) =>
        kind switch
        {
            RefusalKind.Malformed => 400,
            RefusalKind.Forbidden => 403,
            RefusalKind.NotFound => 404,
            RefusalKind.Conflict => 409,
            RefusalKind.Gone => 410,
            RefusalKind.Stale => 412,
            RefusalKind.TooLarge => 413,
            RefusalKind.Precondition => 428,
            RefusalKind.Unprocessable => 422,
            RefusalKind.TooMany => 429,
            RefusalKind.Unavailable => 503,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };

    private static RefusalKind KindOf(int status) =>
        Enum.GetValues<RefusalKind>().First(kind => StatusOf(kind) == status);

    private static string TitleOf(int status) =>
        status switch
        {
            400 => "The request is malformed",
            401 => "Sign-in is needed",
            403 => "Not allowed",
            404 => "Not found",
            405 => "This method is not offered here",
            408 => "Too slow",
            409 => "In conflict with the present state",
            410 => "No longer there",
            412 => "Changed in the meantime",
            413 => "Too large",
            415 => "This kind of content is not accepted here",
            422 => "Understood and refused",
            428 => "A precondition is missing",
            429 => "Too many requests",
            503 => "A part that is needed does not answer",
            _ => "The server failed",
        };
}
