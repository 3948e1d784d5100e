// What the platform told of an account: pseudonymous activity, and apart from it the raw identifiers with an end.
namespace Moderation.Domain.Accounts;

/// <summary>One signal without any raw identifier: addresses and mail live in <see cref="Identity"/>.</summary>
public sealed class ActivitySignal
{
    /// <summary>The platform's own id of the signal.</summary>
    public required string Id { get; init; }
    public required AccountId AccountId { get; init; }
    public required string Kind { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>SHA-256 of the signal as it came, so that the same id with another body is noticed.</summary>
    public required byte[] BodyHash { get; init; }
    public string? Organisation { get; init; }
    public string? Meeting { get; init; }

    /// <summary>The kind's members as JSON, less those that name a person or a device.</summary>
    public required string Details { get; init; }
}

public enum IdentityKind
{
    Email,
    Address,
}

/// <summary>A raw identifier, kept no longer than risk.md 14 says. No other table, log or event holds one.</summary>
public sealed class Identity
{
    public required Guid Id { get; init; }
    public required AccountId AccountId { get; init; }
    public required IdentityKind Kind { get; init; }
    public required string Value { get; init; }
    public required DateTimeOffset At { get; init; }
    public required bool AtRegistration { get; init; }
}
