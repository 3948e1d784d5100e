// Makes the people of a synthetic meeting known to the server, as a platform would, and opens the host's side of it.
using System.Buffers.Text;
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.Cli;

/// <summary>A persona of demo data: how the account behind the subject came about.</summary>
public enum Persona
{
    /// <summary>Throwaway mail, a hosting or VPN address, a self-service organisation an hour old.</summary>
    Throwaway,

    /// <summary>A year old, an own domain, verified.</summary>
    Established,
}

public sealed class SyntheticHost : IDisposable
{
    private readonly ApiClient _platform;
    private readonly CoseSigner _device;
    private string _token = "";

    private SyntheticHost(ApiClient platform, CoseSigner device) => (_platform, _device) = (platform, device);

    public required ModerationHost Moderation { get; init; }
    public required byte[] MeetingUuid { get; init; }
    public required string MeetingName { get; init; }
    public required string SubjectAccount { get; init; }
    public required string HostAccount { get; init; }

    /// <summary>What forwards this meeting's frames and signs for them; null when the platform's relay makes no receipts.</summary>
    public SimulatedSfu? Sfu { get; private set; }
    public byte[] Host { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Subject { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Other { get; } = RandomNumberGenerator.GetBytes(16);

    public static async Task<SyntheticHost> CreateAsync(
        ServerAddress server,
        TimeSpan window,
        Persona persona,
        bool encrypted,
        string? subject,
        CoseSigner? relay,
        CancellationToken ct
    )
    {
        var mark = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        SyntheticHost? host = null;
        var platform = ApiClient.AsPlatform(server);
        var device = CoseSigner.Generate();
        host = new SyntheticHost(platform, device)
        {
            MeetingUuid = RandomNumberGenerator.GetBytes(16),
            MeetingName = $"meeting-{mark}",
            HostAccount = $"host-{mark}",
            SubjectAccount = subject ?? $"guest-{mark}",
            Moderation = new ModerationHost(
                new ModerationHostOptions
                {
                    Endpoint = server.Url,
                    GetToken = _ => ValueTask.FromResult(host!._token),
                    DeviceSigner = device,
                    ConfigurationKey = ReadKey(server, "config.pub"),
                    ReceiptKey = ReadKey(server, "receipt.pub"),
                    Window = window,
                }
            ),
        };
        var epoch = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        Uri? url = null;
        if (relay is not null)
        {
            host.Sfu = new SimulatedSfu(host.MeetingUuid, epoch, relay);
            url = host.Sfu.Listen(ReadKey(server, "receipt.pub"));
        }
        await host.RegisterAsync($"host-{mark}", persona, encrypted, epoch, url, ct);
        return host;
    }

    private async Task RegisterAsync(
        string hostAccount,
        Persona persona,
        bool encrypted,
        DateTimeOffset epoch,
        Uri? attestations,
        CancellationToken ct
    )
    {
        var now = TimeProvider.System.GetUtcNow();
        await _platform.SendAsync(
            HttpMethod.Put,
            $"/v1/accounts/{hostAccount}",
            new { registered_at = now.AddDays(-400) },
            ct
        );
        await _platform.SendAsync(
            HttpMethod.Put,
            $"/v1/accounts/{hostAccount}/devices/{Text(_device.PublicKey.Kid)}",
            new { alg = -19, public_key = Text(_device.PublicKey.PublicKey) },
            ct
        );
        await _platform.SendAsync(HttpMethod.Post, "/v1/signals", Signals.Of(SubjectAccount, persona, now), ct);
        await _platform.SendAsync(
            HttpMethod.Put,
            $"/v1/meetings/{MeetingName}",
            new
            {
                meeting_uuid = Text(MeetingUuid),
                epoch,
                end_to_end_encrypted = encrypted,
                participants = new[]
                {
                    new
                    {
                        pseudonym = Text(Host),
                        account = hostAccount,
                        host = true,
                    },
                    new
                    {
                        pseudonym = Text(Subject),
                        account = SubjectAccount,
                        host = false,
                    },
                    new
                    {
                        pseudonym = Text(Other),
                        account = $"bystander-of-{MeetingName}",
                        host = false,
                    },
                },
                relays = Sfu is { PublicKey: var key }
                    ? new[]
                    {
                        new
                        {
                            alg = (int)key.Algorithm,
                            public_key = Text(key.PublicKey),
                            attestations_url = attestations,
                        },
                    }
                    : [],
            },
            ct
        );
        var token = await _platform.SendAsync(HttpMethod.Post, "/v1/host-tokens", new { account = hostAccount }, ct);
        _token = token.GetProperty("token").GetString()!;
    }

    public void Dispose()
    {
        Sfu?.Dispose();
        Moderation.Dispose();
        _platform.Dispose();
        _device.Dispose();
    }

    private static CoseKey ReadKey(ServerAddress server, string name) =>
        CoseKey.Parse(Convert.FromHexString(File.ReadAllText(server.DataFile("keys", "public", name)).Trim()))
        ?? throw new VerbException(ExitCode.Failed, $"{name} is not a public key");

    private static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
