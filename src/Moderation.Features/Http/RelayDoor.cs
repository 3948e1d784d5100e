// Asks a meeting's relay for what it signed: a checked address, one question, 5 seconds, a bounded answer.
using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;

namespace Moderation.Features.Http;

/// <summary>`Relays:AllowLoopback`, `Relays:Ports`, `Relays:TimeoutSeconds`, `Relays:MostAnswerBytes`.</summary>
public sealed class RelayDoor(IConfiguration configuration) : IDisposable
{
    private readonly OutboundHttp _http = new(configuration.GetSection("Relays"));
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(configuration.GetValue("Relays:TimeoutSeconds", 5));
    private readonly int _mostBytes = configuration.GetValue("Relays:MostAnswerBytes", 16 * 1024 * 1024);

    /// <summary>Why this URL may not be called, or null.</summary>
    public string? Refuse(string url) => _http.Refuse(url);

    /// <summary>The relay's answer, or null when there is none in time, none of this size, or none at all.</summary>
    public async Task<byte[]?> AskAsync(string url, byte[] question, string type, CancellationToken ct)
    {
        // Checked again here: the rules may have become stricter since the URL was taken in.
        if (Refuse(url) is not null)
            return null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url);
            request.Content = new ByteArrayContent(question);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
            using var response = await _http.Client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                limit.Token
            );
            if (!response.IsSuccessStatusCode || response.Content.Headers.ContentLength > _mostBytes)
                return null;
            return await ReadAsync(response, limit.Token);
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<byte[]?> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var answer = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, ct)) > 0)
        {
            if (answer.Length + read > _mostBytes)
                return null;
            answer.Write(buffer, 0, read);
        }
        return answer.ToArray();
    }
}
