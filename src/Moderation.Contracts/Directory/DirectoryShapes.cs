// What the platform tells of its accounts, devices, meetings, and the tokens it asks for its hosts.
namespace Moderation.Contracts.Directory;

/// <summary>An account as the platform knows it.</summary>
public sealed record AccountUpsert(DateTimeOffset? RegisteredAt = null);

/// <param name="Alg">COSE algorithm: -19 (Ed25519) or -9 (ESP256).</param>
/// <param name="PublicKey">base64url, 32 bytes or 65 bytes with leading 04.</param>
public sealed record DeviceUpsert(int Alg, string PublicKey);

public sealed record DeviceShape(string Kid, string Account, string Status);

/// <param name="MeetingUuid">base64url, 16 bytes, made by the platform's meeting server.</param>
/// <param name="Epoch">The instant from which the meeting clock counts.</param>
/// <param name="Relays">The media forwarders that sign receipts for this meeting; absent changes nothing, and none is taken back.</param>
public sealed record MeetingUpsert(
    string MeetingUuid,
    DateTimeOffset Epoch,
    bool EndToEndEncrypted,
    IReadOnlyList<ParticipantUpsert> Participants,
    IReadOnlyList<RelayUpsert>? Relays = null
);

/// <param name="Alg">COSE algorithm: -19 (Ed25519) or -9 (ESP256).</param>
/// <param name="PublicKey">base64url, 32 bytes or 65 bytes with leading 04.</param>
/// <param name="AttestationsUrl">Where the relay answers for what it signed; at most one relay of a meeting has one.</param>
public sealed record RelayUpsert(int Alg, string PublicKey, string? AttestationsUrl = null);

/// <param name="Pseudonym">base64url, 16 bytes, meeting-scoped.</param>
/// <param name="Account">The platform's own account id.</param>
public sealed record ParticipantUpsert(string Pseudonym, string Account, bool Host);

public sealed record AccountShape(string Id, string ExternalId);

public sealed record MeetingShape(string Id, string ExternalId);

/// <summary>Asks for a token with which a host's client may file reports for that account.</summary>
public sealed record HostTokenRequest(string Account);

public sealed record HostToken(string Token, DateTimeOffset ExpiresAt);
