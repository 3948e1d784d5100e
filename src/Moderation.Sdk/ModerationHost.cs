// The host's way in: opens a session for a meeting and carries what every report of this device needs.
using Moderation.Evidence;
using Moderation.Sdk.Http;

namespace Moderation.Sdk;

/// <summary>What the host's client brings along.</summary>
public sealed record ModerationHostOptions
{
    /// <summary>Where the moderation service is; loopback or https.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Gives a bearer token for this host's account, from the platform.</summary>
    public required Func<CancellationToken, ValueTask<string>> GetToken { get; init; }

    /// <summary>The device's signing key, registered with the service by the platform.</summary>
    public required CoseSigner DeviceSigner { get; init; }

    /// <summary>The platform's configuration key, built into the client; recipient keys it did not sign are refused.</summary>
    public required CoseKey ConfigurationKey { get; init; }

    /// <summary>The service's receipt key; receipts it did not sign are refused.</summary>
    public required CoseKey ReceiptKey { get; init; }
    public DeviceChain Chain { get; init; } = DeviceChain.InMemory();

    /// <summary>How much of the meeting is kept; at most 280 s, so that the group covering the start still fits.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>At most 160 MiB.</summary>
    public long MaxMemory { get; init; } = 64 * 1024 * 1024;
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>Makes evidence sessions. Nothing a server sends can freeze or submit; only a <see cref="UserGesture"/> can.</summary>
public sealed class ModerationHost : IDisposable
{
    private readonly HttpClient _http;

    public ModerationHost(ModerationHostOptions options, HttpMessageHandler? handler = null)
    {
        if (options.Window <= TimeSpan.Zero || options.Window > TimeSpan.FromSeconds(280))
            throw new ArgumentOutOfRangeException(nameof(options), "The window is 1 to 280 seconds.");
        if (options.MaxMemory is <= 0 or > 160L * 1024 * 1024)
            throw new ArgumentOutOfRangeException(nameof(options), "The memory is at most 160 MiB.");
        Options = options;
        _http = handler is null ? new HttpClient() : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = options.Endpoint;
        Api = new HostApi(_http, options.GetToken);
    }

    public ModerationHostOptions Options { get; }

    internal HostApi Api { get; }

    /// <summary>Starts to keep the last seconds of one meeting.</summary>
    /// <param name="meetingUuid">16 bytes, from the platform.</param>
    /// <param name="reporter">16 bytes, this host's pseudonym in the meeting.</param>
    public EvidenceSession OpenMeeting(ReadOnlySpan<byte> meetingUuid, ReadOnlySpan<byte> reporter) =>
        new(this, meetingUuid.ToArray(), reporter.ToArray());

    public void Dispose() => _http.Dispose();
}
