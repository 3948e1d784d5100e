// A member of staff: an analyst who under load takes the next case, decides it, and repeats a decision whose answer was lost with the same key.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Triage;

namespace Moderation.FaultTests;

public sealed class StaffMember(Installation installation, Book book, string login, string password) : IDisposable
{
    private readonly HttpClient _http = new()
    {
        BaseAddress = installation.Address,
        Timeout = TimeSpan.FromSeconds(20),
    };
    private string _token = "";

    private Persistent Persistent => new(_http, book);

    /// <returns>False when the queue is empty.</returns>
    public async Task<bool> DecideNextAsync()
    {
        var (status, body, _) = await SendAsync(HttpMethod.Post, "/v1/queues/general:next", null, []);
        if (status != HttpStatusCode.OK)
            return false;
        var claim = JsonSerializer.Deserialize<ClaimShape>(body, Platform.Json)!;
        var key = RandomNumberGenerator.GetHexString(24);
        // A report may join between look and decision; the answer is then a 412, and one looks again.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var (seen, _, page) = await SendAsync(HttpMethod.Get, $"/v1/cases/{claim.CaseId}", null, []);
            if (seen != HttpStatusCode.OK || page.Headers.ETag is not { } etag)
                throw new Violation($"a claimed case was answered with {(int)seen}");
            var (decided, answer, _) = await SendAsync(
                HttpMethod.Post,
                "/v1/decisions",
                new DecisionRequest(
                    claim.CaseId,
                    "violation",
                    "warn",
                    "Decided by the fault programme.",
                    "harassment.targeted",
                    "S3",
                    DecidedWithoutViewing: true
                ),
                [
                    ("Idempotency-Key", $"{key}{attempt}"),
                    ("If-Match", etag.ToString()),
                    ("Moderation-Claim", $"{claim.Id};fence={claim.Fence}"),
                ]
            );
            switch (decided)
            {
                case HttpStatusCode.OK or HttpStatusCode.Created:
                    book.Decisions[JsonSerializer.Deserialize<DecisionShape>(answer, Platform.Json)!.Id] = claim.CaseId;
                    return true;
                case HttpStatusCode.PreconditionFailed:
                    continue;
                // The lease ran out behind a jumping clock or a long outage, or the subject is no account; both change nothing.
                case HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity:
                    await SendAsync(
                        HttpMethod.Post,
                        $"/v1/claims/{claim.Id}:release",
                        null,
                        [("Moderation-Claim", $"{claim.Id};fence={claim.Fence}")]
                    );
                    return true;
                default:
                    throw new Violation($"a decision was answered with {(int)decided}");
            }
        }
        return true;
    }

    /// <summary>The sealed bytes of a segment as staff get them.</summary>
    public async Task<(HttpStatusCode Status, byte[] Bytes)> ReadAsync(string report, int index)
    {
        var (status, body, _) = await SendAsync(HttpMethod.Get, $"/v1/reports/{report}/segments/{index}", null, []);
        return (status, body);
    }

    /// <summary>Anything else that the role may ask for.</summary>
    public async Task<(HttpStatusCode Status, byte[] Body)> AskAsync(HttpMethod method, string path)
    {
        var (status, body, _) = await SendAsync(method, path, null, []);
        return (status, body);
    }

    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode, byte[], HttpResponseMessage)> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        IReadOnlyList<(string Name, string Value)> headers
    )
    {
        while (true)
        {
            var answer = await Persistent.SendAsync(() =>
            {
                var request = new HttpRequestMessage(method, path);
                if (body is not null)
                    request.Content = JsonContent.Create(body, body.GetType(), options: Platform.Json);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
                foreach (var (name, value) in headers)
                    request.Headers.TryAddWithoutValidation(name, value);
                return request;
            });
            if (answer.Status != HttpStatusCode.Unauthorized)
                return answer;
            var (status, session, _) = await Persistent.SendAsync(() =>
                new HttpRequestMessage(HttpMethod.Post, "/v1/session")
                {
                    Content = JsonContent.Create(new { login, password }),
                }
            );
            if ((int)status >= 300)
                throw new Violation($"signing in was answered with {(int)status}");
            _token = JsonDocument.Parse(session).RootElement.GetProperty("token").GetString()!;
        }
    }
}
