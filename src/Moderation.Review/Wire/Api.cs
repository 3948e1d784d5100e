// The only door to the server: the public HTTP API, nothing private to this UI.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Moderation.Contracts.Audit;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Staff;
using Moderation.Contracts.Triage;

namespace Moderation.Review.Wire;

public sealed class Api(HttpClient http)
{
    public const string DefaultQueue = "general";
    private const int PageSize = 50;

    /// <summary>The most rows one answer may hold.</summary>
    public const int MostRows = 200;

    /// <summary>Raised when the server no longer knows who we are.</summary>
    public event Action? SignedOut;

    /// <summary>Raised with every answer: true when the server could be reached.</summary>
    public event Action<bool>? Reached;

    public Task<Answer<SessionShape>> SignInAsync(string login, string password) =>
        SendAsync(
            HttpMethod.Post,
            "v1/session",
            WireJson.Default.SessionShape,
            Body(new SignInRequest(login, password, Cookie: true), WireJson.Default.SignInRequest)
        );

    public Task<Answer<SessionShape>> SessionAsync() =>
        SendAsync(HttpMethod.Get, "v1/session", WireJson.Default.SessionShape);

    public Task<Answer<Done>> SignOutAsync() => SendAsync<Done>(HttpMethod.Delete, "v1/session", null);

    public Task<Answer<ApprovalKeyShape>> OfferApprovalKeyAsync(string coseKey) =>
        SendAsync(
            HttpMethod.Post,
            "v1/me/approval-keys",
            WireJson.Default.ApprovalKeyShape,
            Body(new ApprovalKeyRequest(coseKey), WireJson.Default.ApprovalKeyRequest)
        );

    public Task<Answer<List<ApprovalKeyShape>>> ApprovalKeysAsync() =>
        SendAsync(HttpMethod.Get, "v1/me/approval-keys", WireJson.Default.ListApprovalKeyShape);

    public Task<Answer<VaultKeyShape>> VaultKeyAsync() =>
        SendAsync(HttpMethod.Get, "v1/vault-key", WireJson.Default.VaultKeyShape);

    public Task<Answer<List<QueueShape>>> QueuesAsync() =>
        SendAsync(HttpMethod.Get, "v1/queues", WireJson.Default.ListQueueShape);

    public Task<Answer<Page<CaseRow>>> CasesAsync(string queue, string? cursor, int limit = PageSize) =>
        SendAsync(
            HttpMethod.Get,
            $"v1/cases?queue={Uri.EscapeDataString(queue)}&limit={limit}"
                + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}"),
            WireJson.Default.PageCaseRow
        );

    public Task<Answer<CaseDetail>> CaseAsync(string id) =>
        SendAsync(HttpMethod.Get, $"v1/cases/{Uri.EscapeDataString(id)}", WireJson.Default.CaseDetail);

    public Task<Answer<ClaimShape>> ClaimAsync(string caseId) =>
        SendAsync(
            HttpMethod.Post,
            "v1/claims",
            WireJson.Default.ClaimShape,
            Body(new ClaimRequest(caseId), WireJson.Default.ClaimRequest)
        );

    public Task<Answer<Done>> ReleaseAsync(ClaimShape claim) =>
        SendAsync<Done>(HttpMethod.Post, $"v1/claims/{claim.Id}:release", null, claim: claim);

    public Task<Answer<ClaimShape>> HeartbeatAsync(ClaimShape claim) =>
        SendAsync(HttpMethod.Post, $"v1/claims/{claim.Id}:heartbeat", WireJson.Default.ClaimShape, claim: claim);

    /// <summary>Claims the top case this person may have.</summary>
    public Task<Answer<ClaimShape>> NextAsync(string queue) =>
        SendAsync(HttpMethod.Post, $"v1/queues/{Uri.EscapeDataString(queue)}:next", WireJson.Default.ClaimShape);

    public Task<Answer<PolicyShape>> PolicyAsync() =>
        SendAsync(HttpMethod.Get, "v1/policy", WireJson.Default.PolicyShape);

    public Task<Answer<DecisionShape>> DecideAsync(
        DecisionRequest decision,
        ClaimShape claim,
        string etag,
        string idempotencyKey
    ) =>
        SendAsync(
            HttpMethod.Post,
            "v1/decisions",
            WireJson.Default.DecisionShape,
            Body(decision, WireJson.Default.DecisionRequest),
            claim,
            etag,
            idempotencyKey
        );

    public Task<Answer<Page<ExportRow>>> ExportsAsync(string? cursor) =>
        SendAsync(HttpMethod.Get, $"v1/exports?limit={PageSize}{Cursor(cursor)}", WireJson.Default.PageExportRow);

    public Task<Answer<ExportShape>> ExportAsync(string id) =>
        SendAsync(HttpMethod.Get, $"v1/exports/{Uri.EscapeDataString(id)}", WireJson.Default.ExportShape);

    public Task<Answer<ExportShape>> ApproveExportAsync(string id, string approval) =>
        SendAsync(
            HttpMethod.Post,
            $"v1/exports/{Uri.EscapeDataString(id)}:approve",
            WireJson.Default.ExportShape,
            Body(new ExportApprovalRequest(approval), WireJson.Default.ExportApprovalRequest)
        );

    /// <param name="kind">Whole kind of event, or empty for all.</param>
    /// <param name="about">Case id, or empty for all.</param>
    public Task<Answer<Page<AuditRow>>> AuditAsync(string? kind, string? about, string? cursor) =>
        SendAsync(
            HttpMethod.Get,
            $"v1/audit?limit={PageSize}{Part("kind", kind)}{Part("case", about)}{Cursor(cursor)}",
            WireJson.Default.PageAuditRow
        );

    public Task<Answer<VerifiedLog>> VerifyAuditAsync() =>
        SendAsync(HttpMethod.Post, "v1/audit:verify", WireJson.Default.VerifiedLog);

    /// <summary>Keys that wait for an administrator.</summary>
    public Task<Answer<List<ApprovalKeyShape>>> WaitingKeysAsync() =>
        SendAsync(HttpMethod.Get, "v1/approval-keys", WireJson.Default.ListApprovalKeyShape);

    /// <summary>Says that vault and custodian have this key; a repeat is harmless.</summary>
    public Task<Answer<Done>> MarkEnrolledAsync(string kid) =>
        SendAsync<Done>(HttpMethod.Post, $"v1/approval-keys/{Uri.EscapeDataString(kid)}:enrolled", null);

    /// <summary>A fresh key under which one intended write is done once, however often it is sent.</summary>
    public static string NewIdempotencyKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static string Part(string name, string? value) =>
        string.IsNullOrEmpty(value) ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static string Cursor(string? cursor) => Part("cursor", cursor);

    private static JsonContent Body<T>(T value, JsonTypeInfo<T> type) => JsonContent.Create(value, type);

    private async Task<Answer<T>> SendAsync<T>(
        HttpMethod method,
        string path,
        JsonTypeInfo<T>? type,
        HttpContent? body = null,
        ClaimShape? claim = null,
        string? etag = null,
        string? idempotencyKey = null
    )
        where T : class
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (claim is not null)
            request.Headers.Add("Moderation-Claim", $"{claim.Id};fence={claim.Fence}");
        if (etag is not null)
            request.Headers.TryAddWithoutValidation("If-Match", etag);
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        try
        {
            using var response = await http.SendAsync(request);
            Reached?.Invoke(true);
            if (response.IsSuccessStatusCode)
                return new Answer<T>(await ReadAsync(response, type), null, response.Headers.ETag?.ToString());
            // A refused sign-in is an answer to the form, not the end of a session.
            if (response.StatusCode == HttpStatusCode.Unauthorized && path != "v1/session")
                SignedOut?.Invoke();
            return new Answer<T>(null, await ProblemOfAsync(response));
        }
        catch (HttpRequestException)
        {
            Reached?.Invoke(false);
            return new Answer<T>(null, Problem.Unreachable);
        }
    }

    private static async Task<T?> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T>? type)
        where T : class
    {
        if (type is null)
            return (T)(object)Done.It;
        return await response.Content.ReadFromJsonAsync(type);
    }

    private static async Task<Problem> ProblemOfAsync(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        try
        {
            var problem = await response.Content.ReadFromJsonAsync(WireJson.Default.Problem);
            if (problem?.Code is not null)
                return problem with { Status = status, Title = problem.Title ?? Texts.ServerAnswered(status) };
        }
        catch (JsonException)
        {
            // Something between us and the server answered in its own words; its status is all there is to show.
        }
        return new Problem(Texts.ServerAnswered(status), status, null, $"http.{status}", null, null);
    }
}
