// Speaks to the server like anyone else: bearer token, snake_case JSON, problems as exceptions with their code.
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Moderation.Sdk.Http;

namespace Moderation.Cli;

public sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri url, string? token)
    {
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(100) };
        if (token is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>With the platform's API key: MODERATION_API_KEY, else the demo platform's of the run on this machine.</summary>
    public static ApiClient AsPlatform(ServerAddress server) =>
        new(
            server.Url,
            Environment.GetEnvironmentVariable("MODERATION_API_KEY") ?? DemoLogins.Read(server).PlatformKey
        );

    /// <summary>As a member of staff: MODERATION_TOKEN, else MODERATION_LOGIN and MODERATION_PASSWORD, else the demo login of that name.</summary>
    public static async Task<ApiClient> AsStaffAsync(ServerAddress server, string login, CancellationToken ct)
    {
        if (Environment.GetEnvironmentVariable("MODERATION_TOKEN") is { Length: > 0 } token)
            return new ApiClient(server.Url, token);
        var password = Environment.GetEnvironmentVariable("MODERATION_PASSWORD");
        login = Environment.GetEnvironmentVariable("MODERATION_LOGIN") ?? login;
        password ??=
            DemoLogins.Read(server).Logins.FirstOrDefault(l => l.Login == login)?.Password
            ?? throw new VerbException(
                ExitCode.Usage,
                $"no demo login is called '{login}'; set MODERATION_LOGIN and MODERATION_PASSWORD"
            );
        using var anonymous = new ApiClient(server.Url, null);
        var session = await anonymous.SendAsync(HttpMethod.Post, "/v1/session", new { login, password }, ct);
        return new ApiClient(server.Url, session.GetProperty("token").GetString());
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    public Task<JsonElement> SendAsync(HttpMethod method, string path, object? body, CancellationToken ct) =>
        SendAsync(method, path, body is null ? null : JsonContent.Create(body, options: Shared.JsonOptions), [], ct);

    /// <summary>Any request; the answer is its JSON, or an undefined element when there is no body.</summary>
    public async Task<JsonElement> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        IReadOnlyList<(string Name, string Value)> headers,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _http.SendAsync(request, ct);
        await ModerationApiException.EnsureAsync(answer, ct);
        var text = await answer.Content.ReadAsByteArrayAsync(ct);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>Writes an answer's bytes to a stream: packages, manifests.</summary>
    public async Task DownloadAsync(string path, Stream output, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct);
        await ModerationApiException.EnsureAsync(answer, ct);
        await answer.Content.CopyToAsync(output, ct);
    }

    public void Dispose() => _http.Dispose();
}
