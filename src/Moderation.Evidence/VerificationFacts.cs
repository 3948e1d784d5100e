// What a verifier knows of the world when it judges a bundle; each caller loads these from its own registry.
namespace Moderation.Evidence;

/// <summary>Whether a device may report (B5).</summary>
public enum DeviceStatus
{
    Active,
    Revoked,
    Frozen,
}

/// <summary>A registered device, found by the kid of the manifest (B2).</summary>
/// <param name="Key">Its signing key with the one registered algorithm.</param>
/// <param name="Status">Active, revoked or frozen.</param>
/// <param name="CertificateHash">SHA-256 of the certificate on record; 32 zeros when registered without one.</param>
/// <param name="LastCounter">Counter of the last accepted manifest; 0 for a new device.</param>
/// <param name="LastContentId">Content id of the last accepted manifest; 32 zeros for a new device.</param>
public sealed record RegisteredDevice(
    CoseKey Key,
    DeviceStatus Status,
    byte[] CertificateHash,
    ulong LastCounter,
    byte[] LastContentId
);

/// <summary>A meeting instance, found by manifest key 5 (D1).</summary>
/// <param name="Hosts">Pseudonyms of everybody who is or was a host.</param>
/// <param name="Relays">Relay keys valid for the meeting (E8).</param>
public sealed record KnownMeeting(IReadOnlyList<byte[]> Hosts, IReadOnlyList<CoseKey> Relays);

/// <summary>A challenge as it was issued, found by manifest key 4 (D2).</summary>
/// <param name="DeviceKid">The device it was issued to.</param>
/// <param name="Meeting">The meeting it was issued for.</param>
/// <param name="Reporter">The reporter it was issued to.</param>
/// <param name="ExpiresMs">Last good instant, ms since 1970.</param>
/// <param name="Used">True when a manifest consumed it.</param>
public sealed record IssuedChallenge(byte[] DeviceKid, byte[] Meeting, byte[] Reporter, ulong ExpiresMs, bool Used);

/// <summary>Everything step D asks, loaded beforehand so that judging stays free of I/O.</summary>
public sealed record FreshnessFacts
{
    public required RegisteredDevice Device { get; init; }

    /// <summary>Null when the meeting is unknown.</summary>
    public required KnownMeeting? Meeting { get; init; }

    /// <summary>Null when the challenge is unknown.</summary>
    public required IssuedChallenge? Challenge { get; init; }

    /// <summary>The verifier's clock, ms since 1970.</summary>
    public required ulong NowMs { get; init; }

    /// <summary>
    /// Body hashes of the key-log checkpoints known and not older than 7 days; null when no key log is configured.
    /// </summary>
    public required IReadOnlyList<byte[]>? KeyCheckpoints { get; init; }

    /// <summary>Recipient keys accepted for their role.</summary>
    public required IReadOnlyList<AcceptedRecipient> Recipients { get; init; }
}

/// <summary>A recipient key accepted for a role (D5).</summary>
public sealed record AcceptedRecipient(uint Role, Kem Kem, byte[] Kid);
