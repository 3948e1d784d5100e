// One meeting instance and who was in it under which pseudonym.
using Moderation.Domain.Accounts;

namespace Moderation.Domain.Meetings;

public sealed class Meeting
{
    public required MeetingId Id { get; init; }
    public required string ExternalId { get; init; }

    /// <summary>Server-made, 16 bytes, manifest key 5.</summary>
    public required byte[] MeetingUuid { get; init; }

    /// <summary>The instant from which the meeting clock counts its milliseconds.</summary>
    public required DateTimeOffset Epoch { get; init; }
    public required bool EndToEndEncrypted { get; init; }
    public DateTimeOffset? EndedAt { get; set; }
}

public sealed class Participant
{
    public required MeetingId MeetingId { get; init; }

    /// <summary>Meeting-scoped pseudonym, 16 bytes.</summary>
    public required byte[] Pseudonym { get; init; }
    public required AccountId AccountId { get; set; }

    /// <summary>True once the participant has been a host of this meeting; never taken back.</summary>
    public bool WasHost { get; set; }
}

/// <summary>A media forwarder whose receipts are valid for one meeting.</summary>
public sealed class MeetingRelay
{
    public required MeetingId MeetingId { get; init; }

    /// <summary>Thumbprint of the key, 32 bytes.</summary>
    public required byte[] Kid { get; init; }

    /// <summary>COSE algorithm: -19 or -9.</summary>
    public required int Algorithm { get; init; }
    public required byte[] PublicKey { get; init; }

    /// <summary>Where it answers for what it signed, or null when it is not asked.</summary>
    public string? AttestationsUrl { get; set; }
}
