// A host whose client has the SDK built in: registered by the platform, in a synthetic meeting, able to report it.
using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.Tests;

/// <summary>One submitted report and what went into it.</summary>
public sealed record FiledReport(string Id, byte[] ContentId, IReadOnlyList<SegmentPreview> Segments);

public sealed class MeetingHost : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private readonly CoseSigner _device = CoseSigner.Generate();
    private readonly HttpClient _platform;
    private readonly string _mark = RandomNumberGenerator.GetHexString(12, lowercase: true);
    private string _token = "";

    private MeetingHost(HttpClient platform) => _platform = platform;

    public ModerationHost Sdk { get; private set; } = null!;
    public byte[] Meeting { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Host { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Subject { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Other { get; } = RandomNumberGenerator.GetBytes(16);
    public string SubjectAccount => $"guest-{_mark}";

    /// <param name="platform">A client with the platform's API key; it is this host's to dispose of.</param>
    /// <param name="keys">Folder of the key ceremony, for the two public keys a client has built in.</param>
    /// <param name="window">How much the client keeps; a minute unless told otherwise.</param>
    public static async Task<MeetingHost> JoinAsync(HttpClient platform, string keys, TimeSpan? window = null)
    {
        var host = new MeetingHost(platform);
        host.Sdk = new ModerationHost(
            new ModerationHostOptions
            {
                Endpoint = platform.BaseAddress!,
                GetToken = _ => ValueTask.FromResult(host._token),
                DeviceSigner = host._device,
                ConfigurationKey = ReadKey(keys, "config.pub"),
                ReceiptKey = ReadKey(keys, "receipt.pub"),
                Window = window ?? TimeSpan.FromSeconds(60),
            }
        );
        await host.RegisterAsync();
        return host;
    }

    /// <summary>Plays a synthetic meeting and reports its subject.</summary>
    /// <param name="meeting">Six seconds give nine pieces of media.</param>
    public async Task<FiledReport> ReportAsync(
        TimeSpan meeting,
        (string Reason, uint Number)? reason = null,
        string? note = null,
        string? chat = null
    )
    {
        using var session = Sdk.OpenMeeting(Meeting, Host);
        FakeMeeting.Play(
            session,
            Subject,
            Other,
            meeting,
            chat: chat is null ? null : [(TimeSpan.FromSeconds(1), chat)]
        );
        using var draft = session.Freeze(
            new FreezeRequest(
                [Subject],
                meeting > TimeSpan.FromSeconds(60) ? meeting : TimeSpan.FromSeconds(60),
                UserGesture.FromLocalClick()
            )
        );
        if (note is not null)
            draft.AddNote(note);
        var segments = draft.Segments;
        var (code, number) = reason ?? ("harassment", 4);
        var receipt = await draft.SubmitAsync(code, number);
        return new FiledReport(receipt.ReportId, receipt.ContentId, segments);
    }

    public void Dispose()
    {
        Sdk.Dispose();
        _platform.Dispose();
        _device.Dispose();
    }

    private async Task RegisterAsync()
    {
        var account = $"host-{_mark}";
        await PutAsync($"/v1/accounts/{account}", new { registered_at = DateTimeOffset.UnixEpoch.AddDays(19_000) });
        await PutAsync(
            $"/v1/accounts/{account}/devices/{Text(_device.PublicKey.Kid)}",
            new { alg = (int)_device.PublicKey.Algorithm, public_key = Text(_device.PublicKey.PublicKey) }
        );
        await PutAsync(
            $"/v1/meetings/meeting-{_mark}",
            new
            {
                meeting_uuid = Text(Meeting),
                epoch = DateTimeOffset.UnixEpoch.AddDays(20_000),
                end_to_end_encrypted = true,
                participants = new[]
                {
                    Participant(Host, account, host: true),
                    Participant(Subject, SubjectAccount, host: false),
                    Participant(Other, $"bystander-{_mark}", host: false),
                },
            }
        );
        using var answer = await _platform.PostAsJsonAsync("/v1/host-tokens", new { account }, Json);
        answer.EnsureSuccessStatusCode();
        _token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    private async Task PutAsync<T>(string path, T body)
    {
        using var answer = await _platform.PutAsJsonAsync(path, body, Json);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync()}");
    }

    private static object Participant(byte[] pseudonym, string account, bool host) =>
        new
        {
            pseudonym = Text(pseudonym),
            account,
            host,
        };

    private static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static CoseKey ReadKey(string keys, string name) =>
        CoseKey.Parse(Convert.FromHexString(File.ReadAllText(Path.Combine(keys, "public", name)).Trim()))
        ?? throw new InvalidDataException($"{name} is no COSE_Key.");
}
