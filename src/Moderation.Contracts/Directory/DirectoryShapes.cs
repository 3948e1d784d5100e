// What the platform tells of its accounts, devices, meetings, and the tokens it asks for its hosts.
namespace Moderation.Contracts.Directory;

/// <summary>An account as the platform knows it.</summary>
public sealed record AccountUpsert(DateTimeOffset? RegisteredAt = null);

/// <param name="Alg">COSE algorithm: -19 (Ed25519) or -9 (ESP256).</param>
/// <param name="PublicKey">base64url, 32 bytes or 65 bytes with leading 04.</param>
/// <param name="Certificate">base64url of the device certificate (evidence-bundle.md 5.2), where the deployment has them.</param>
public sealed record DeviceUpsert(int Alg, string PublicKey, string? Certificate = null);

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

/// <summary>At most 500 items, taken in order; a device's account and a meeting's people may come in the same batch.</summary>
public sealed record DirectoryBatch(IReadOnlyList<DirectoryItem> Items);

/// <param name="Kind"><c>account</c>, <c>device</c>, <c>meeting</c>; the member of that name is needed.</param>
/// <param name="Id">The platform's own id; of a device its kid, base64url.</param>
/// <param name="Owner">Of a device: the platform's id of its account.</param>
public sealed record DirectoryItem(
    string Kind,
    string Id,
    AccountUpsert? Account = null,
    DeviceUpsert? Device = null,
    MeetingUpsert? Meeting = null,
    string? Owner = null
);

/// <param name="Result"><c>taken</c> or <c>refused</c>.</param>
/// <param name="Code">Why it was refused; a problem code.</param>
public sealed record DirectoryResult(string Id, string Result, string? Code = null, string? Detail = null);

/// <summary>One result an item, in the order of the items.</summary>
public sealed record DirectoryResults(IReadOnlyList<DirectoryResult> Items);

/// <summary>The platform revoked a device's signing key.</summary>
/// <param name="Kid">base64url thumbprint of the device key.</param>
public sealed record DeviceRevoked(string AccountId, string Kid)
{
    public const string Kind = "device.revoked";
}
