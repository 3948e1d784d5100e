// A person with a role here, and the approval keys their openings are signed with.
namespace Moderation.Domain.Staff;

public enum StaffRole
{
    Analyst,
    Senior,
    Liaison,
    Custodian,
    Auditor,
    Admin,
}

public sealed class StaffMember
{
    public required StaffId Id { get; init; }
    public required string Login { get; init; }

    /// <summary>What colleagues see (`R-17`); never a name.</summary>
    public required string Pseudonym { get; init; }
    public required StaffRole Role { get; init; }

    /// <summary>The separate grant without which the child-safety lane does not exist for a person (triage.md 4).</summary>
    public bool ChildSafety { get; set; }
    public string PasswordHash { get; set; } = "";
    public required DateTimeOffset CreatedAt { get; init; }
    public bool Disabled { get; set; }
}

public enum ApprovalKeyState
{
    Pending,
    Enrolled,
    Revoked,
}

/// <summary>The public half of a key made in one browser; the vault trusts it only once an administrator enrolled it there.</summary>
public sealed class ApprovalKey
{
    public required byte[] Kid { get; init; }
    public required StaffId StaffId { get; init; }

    /// <summary>Deterministic COSE_Key map.</summary>
    public required byte[] CoseKey { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public ApprovalKeyState State { get; set; }
}

public enum CredentialKind
{
    Session,
    HostToken,
    ApiKey,
}

/// <summary>An opaque bearer token, kept as its SHA-256 only: a staff session, a host's token, or a platform's key.</summary>
public sealed class Credential
{
    public required byte[] Hash { get; init; }
    public required CredentialKind Kind { get; init; }

    /// <summary>`stf_…`, `acct_…` or the name of the platform.</summary>
    public required string Subject { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
}
