// What the server refused, with its stable code.
using System.Net;
using System.Text.Json;

namespace Moderation.Sdk.Http;

/// <summary>The server answered with a problem (RFC 9457). <see cref="Code"/> never changes; the words may.</summary>
public sealed class ModerationApiException(HttpStatusCode status, string code, string? detail, string? traceId)
    : Exception($"{code} ({(int)status}){(detail is null ? "" : ": " + detail)}")
{
    public HttpStatusCode Status { get; } = status;
    public string Code { get; } = code;
    public string? Detail { get; } = detail;
    public string? TraceId { get; } = traceId;

    /// <summary>How long the server asks to wait before the next try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Throws unless the answer is a success.</summary>
    public static async Task EnsureAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if (answer.IsSuccessStatusCode)
            return;
        var text = await answer.Content.ReadAsStringAsync(ct);
        string code = "server.unreadable-answer";
        string? detail = null,
            trace = null;
        try
        {
            var problem = JsonDocument.Parse(text).RootElement;
            code = Member(problem, "code") ?? code;
            detail = Member(problem, "detail");
            trace = Member(problem, "trace_id");
        }
        catch (JsonException)
        {
            // A proxy in between may answer in HTML; the status still says enough.
        }
        throw new ModerationApiException(answer.StatusCode, code, detail, trace)
        {
            RetryAfter = answer.Headers.RetryAfter?.Delta,
        };
    }

    private static string? Member(JsonElement problem, string name) =>
        problem.ValueKind == JsonValueKind.Object
        && problem.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
