// A signing device of an account, and where its chain of reports stands.
namespace Moderation.Domain.Accounts;

public enum DeviceStatus
{
    Active,
    Revoked,
    Frozen,
}

public sealed class Device
{
    /// <summary>SHA-256 thumbprint of the public COSE_Key, 32 bytes.</summary>
    public required byte[] Kid { get; init; }
    public required AccountId AccountId { get; init; }

    /// <summary>COSE algorithm: -19 (Ed25519) or -9 (ESP256).</summary>
    public required int Algorithm { get; init; }

    /// <summary>32 bytes (Ed25519) or 65 bytes (P-256, leading 04).</summary>
    public required byte[] PublicKey { get; init; }
    public required DateTimeOffset RegisteredAt { get; init; }
    public DeviceStatus Status { get; set; }

    /// <summary>When it was revoked or frozen; it never comes back (evidence-bundle.md 14).</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The device certificate as it was taken in (evidence-bundle.md 5.2); null without one.</summary>
    public byte[]? Certificate { get; set; }
    public long LastCounter { get; set; }

    /// <summary>Content id of the last accepted manifest; 32 zeros before the first.</summary>
    public byte[] LastContentId { get; set; } = new byte[32];
}
