// The host's way in: opens a session for a meeting and carries what every report of this device needs.
using Moderation.Evidence;
using Moderation.Sdk.Http;

namespace Moderation.Sdk;

/// <summary>Where the bearer token of this host's account comes from.</summary>
public sealed class ModerationCredentials
{
    private ModerationCredentials(Func<CancellationToken, ValueTask<string>> get) => GetAsync = get;

    internal Func<CancellationToken, ValueTask<string>> GetAsync { get; }

    /// <summary>Asked before each request; the caller caches and renews.</summary>
    public static ModerationCredentials FromTokenCallback(Func<CancellationToken, ValueTask<string>> getToken) =>
        new(getToken);

    /// <summary>Reads <c>MODERATION_TOKEN</c> at each request.</summary>
    public static ModerationCredentials FromEnvironment() =>
        new(_ =>
            ValueTask.FromResult(
                Environment.GetEnvironmentVariable("MODERATION_TOKEN")
                    ?? throw new InvalidOperationException("MODERATION_TOKEN is not set.")
            )
        );
}

/// <summary>What the host's client brings along.</summary>
public sealed record ModerationHostOptions
{
    /// <summary>Longest ring, so that the group covering the start still fits a window of 300 s.</summary>
    public static readonly TimeSpan MostWindow = TimeSpan.FromSeconds(280);

    /// <summary>Largest ring, in bytes.</summary>
    public const long MostMemory = 160L * 1024 * 1024;

    /// <summary>Where the moderation service is; loopback or https.</summary>
    public Uri Endpoint { get; set; } = null!;

    public ModerationCredentials Credentials { get; set; } = null!;

    /// <summary>Short for <see cref="ModerationCredentials.FromTokenCallback"/>.</summary>
    public Func<CancellationToken, ValueTask<string>> GetToken
    {
        init => Credentials = ModerationCredentials.FromTokenCallback(value);
    }

    /// <summary>The device's signing key, registered with the service by the platform.</summary>
    public CoseSigner DeviceSigner { get; set; } = null!;

    /// <summary>The platform's configuration key, built into the client; recipient keys it did not sign are refused.</summary>
    public CoseKey ConfigurationKey { get; set; } = null!;

    /// <summary>The service's receipt key; receipts it did not sign are refused.</summary>
    public CoseKey ReceiptKey { get; set; } = null!;

    /// <summary>SHA-256 of the device's certificate where the deployment has one, else zeros (evidence-bundle.md 5.2).</summary>
    public byte[] DeviceCertificateHash { get; set; } = new byte[32];
    public DeviceChain Chain { get; set; } = DeviceChain.InMemory();

    /// <summary>How much of the meeting is kept: 1 to 280 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of evidence held, at most 160 MiB. As much again is reserved, and touched only while a draft is open.</summary>
    public long MaxMemory { get; set; } = 64 * 1024 * 1024;

    /// <summary>BCP 47; of the reporter's words.</summary>
    public string Locale { get; set; } = "en";
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}

/// <summary>Makes evidence sessions. Nothing a server sends can freeze or submit; only a <see cref="UserGesture"/> can.</summary>
public sealed class ModerationHost : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="handler">Carries the requests; the caller's to dispose. Without one, the platform's own.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its bounds.</exception>
    public ModerationHost(ModerationHostOptions options, HttpMessageHandler? handler = null)
    {
        ArgumentNullException.ThrowIfNull(options.Endpoint);
        ArgumentNullException.ThrowIfNull(options.Credentials);
        ArgumentNullException.ThrowIfNull(options.DeviceSigner);
        ArgumentNullException.ThrowIfNull(options.ConfigurationKey);
        ArgumentNullException.ThrowIfNull(options.ReceiptKey);
        if (options.Window < TimeSpan.FromSeconds(1) || options.Window > ModerationHostOptions.MostWindow)
            throw new ArgumentOutOfRangeException(nameof(options), "The window is 1 to 280 seconds.");
        if (options.MaxMemory is <= 0 or > ModerationHostOptions.MostMemory)
            throw new ArgumentOutOfRangeException(nameof(options), "The memory is at most 160 MiB.");
        if (options.Endpoint.Scheme != Uri.UriSchemeHttps && !options.Endpoint.IsLoopback)
            throw new ArgumentException("The endpoint is https, or loopback.", nameof(options));
        Options = options;
        _http = handler is null ? new HttpClient() : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = options.Endpoint;
        Api = new HostApi(_http, options.Credentials.GetAsync);
    }

    public ModerationHostOptions Options { get; }

    internal HostApi Api { get; }

    /// <summary>Starts to keep the last seconds of one meeting, on the meeting's clock.</summary>
    /// <param name="epochUtc">The instant from which the meeting clock counts; the platform tells every client the same.</param>
    public EvidenceSession OpenMeeting(MeetingInstance meeting, DateTimeOffset epochUtc) =>
        new(this, meeting, epochUtc);

    /// <summary>Starts to keep the last seconds of a meeting whose time is told by what is written alone, such as a recording.</summary>
    /// <param name="meetingUuid">16 bytes, from the platform.</param>
    /// <param name="reporter">16 bytes, this host's pseudonym in the meeting.</param>
    public EvidenceSession OpenMeeting(ReadOnlySpan<byte> meetingUuid, ReadOnlySpan<byte> reporter) =>
        new(this, new MeetingInstance(meetingUuid.ToArray(), reporter.ToArray()), null);

    public void Dispose() => _http.Dispose();
}
