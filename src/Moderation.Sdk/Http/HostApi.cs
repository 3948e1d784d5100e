// The intake API as a host's client speaks it (evidence-bundle.md 17).
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;

namespace Moderation.Sdk.Http;

internal sealed record OpenedChallenge(byte[] Challenge, long LastCounter, byte[] LastContentId, byte[] RecipientKeys);

internal sealed class HostApi(HttpClient http, Func<CancellationToken, ValueTask<string>> getToken)
{
    private const long MostAttestations = 64 * 1024 * 1024;

    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public async Task<OpenedChallenge> ChallengeAsync(byte[] kid, byte[] meeting, byte[] reporter, CancellationToken ct)
    {
        var body = JsonContent.Create(new ChallengeRequest(Text(kid), Text(meeting), Text(reporter)), options: Json);
        using var answer = await SendAsync(HttpMethod.Post, "/v1/reports/challenges", body, ct);
        var issued = (await answer.Content.ReadFromJsonAsync<ChallengeResponse>(Json, ct))!;
        return new OpenedChallenge(
            Base64Url.DecodeFromChars(issued.Challenge),
            issued.LastCounter,
            Base64Url.DecodeFromChars(issued.LastContentId),
            Base64Url.DecodeFromChars(issued.RecipientKeys)
        );
    }

    public async Task<ReportAccepted> SendHeadAsync(byte[] head, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Post, "/v1/reports", Bytes(head, CoseContentTypes.Bundle), ct);
        return (await answer.Content.ReadFromJsonAsync<ReportAccepted>(Json, ct))!;
    }

    public async Task SendFilingAsync(string report, byte[] filing, CancellationToken ct) =>
        (
            await SendAsync(HttpMethod.Put, $"/v1/reports/{report}/filing", Bytes(filing, "application/cose"), ct)
        ).Dispose();

    public async Task<FilingAccepted> SendLoneFilingAsync(byte[] filing, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Post, "/v1/filings", Bytes(filing, "application/cose"), ct);
        return (await answer.Content.ReadFromJsonAsync<FilingAccepted>(Json, ct))!;
    }

    public async Task SendSegmentAsync(string report, int index, byte[] ciphertext, CancellationToken ct) =>
        (
            await SendAsync(
                HttpMethod.Put,
                $"/v1/reports/{report}/segments/{index}",
                Bytes(ciphertext, "application/octet-stream"),
                ct
            )
        ).Dispose();

    public async Task<byte[]> CompleteAsync(string report, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Post, $"/v1/reports/{report}/complete", null, ct);
        var completed = (await answer.Content.ReadFromJsonAsync<ReportCompleted>(Json, ct))!;
        return Base64Url.DecodeFromChars(completed.Receipt);
    }

    public async Task<ReportStatus> StatusAsync(string report, CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"/v1/reports/{report}", null, ct);
        return (await answer.Content.ReadFromJsonAsync<ReportStatus>(Json, ct))!;
    }

    public async Task<IReadOnlyList<ReasonShape>> ReasonsAsync(CancellationToken ct)
    {
        using var answer = await SendAsync(HttpMethod.Get, "/v1/reasons", null, ct);
        return (await answer.Content.ReadFromJsonAsync<List<ReasonShape>>(Json, ct))!;
    }

    /// <summary>What the relay says of each KID, in order (evidence-bundle.md 12.2). An unreadable answer counts as none.</summary>
    public async Task<Attestation?[]> AttestationsAsync(AttestationQuery query, CancellationToken ct)
    {
        var body = Bytes(query.Encode(), AttestationQuery.MediaType);
        using var answer = await SendAsync(HttpMethod.Post, "/v1/reports/attestations", body, ct);
        if (answer.Content.Headers.ContentLength > MostAttestations)
            return new Attestation?[query.Kids.Count];
        return Attestation.ParseAll(await answer.Content.ReadAsByteArrayAsync(ct), query.Kids.Count)
            ?? new Attestation?[query.Kids.Count];
    }

    /// <summary>Worth sending again as it is.</summary>
    public static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await getToken(ct));
        var answer = await http.SendAsync(request, ct);
        try
        {
            await ModerationApiException.EnsureAsync(answer, ct);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private static ByteArrayContent Bytes(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }
}
