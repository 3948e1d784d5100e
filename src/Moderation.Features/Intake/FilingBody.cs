// Reads a signed filing out of a request: its kind of content, and at most 9 KiB of it.
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

internal static class FilingBody
{
    public const string MediaType = "application/cose";

    // 8 KiB of payload (triage.md 2.1) and the envelope around it.
    public const int MostBytes = 9 * 1024;

    /// <summary>The bytes, or the problem to answer with.</summary>
    public static async Task<(byte[] Bytes, ProblemHttpResult? Problem)> ReadAsync(
        HttpRequest request,
        CancellationToken ct
    )
    {
        var type = request.GetTypedHeaders().ContentType?.MediaType.Value;
        if (!string.Equals(type, MediaType, StringComparison.OrdinalIgnoreCase))
            return ([], Problems.Of(415, "request.unsupported-media-type", $"Send {MediaType}."));
        var bytes = new byte[MostBytes + 1];
        var length =
            request.ContentLength > MostBytes
                ? bytes.Length
                : await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return length > MostBytes
            ? ([], Problems.Of(413, "request.too-large", $"A filing has at most {MostBytes} bytes."))
            : (bytes[..length], null);
    }
}
