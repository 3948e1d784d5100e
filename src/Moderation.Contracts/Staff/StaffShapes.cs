// Sign-in and the approval keys of staff.
namespace Moderation.Contracts.Staff;

/// <param name="Cookie">True in the browser: the session comes as a cookie and the token is left out.</param>
public sealed record SignInRequest(string Login, string Password, bool Cookie = false);

/// <summary>Who is signed in. <c>Token</c> only where no cookie was asked for.</summary>
public sealed record SessionShape(
    string StaffId,
    string Pseudonym,
    string Role,
    bool ChildSafety,
    bool Demo,
    DateTimeOffset ExpiresAt,
    string? Token
);

/// <summary>The public half of an approval key: deterministic COSE_Key map, base64url.</summary>
public sealed record ApprovalKeyRequest(string CoseKey);

/// <param name="Kid">base64url SHA-256 thumbprint.</param>
/// <param name="State"><c>pending</c> until an administrator enrolled it with vault and custodian, then <c>enrolled</c>.</param>
public sealed record ApprovalKeyShape(string Kid, string StaffId, string Role, string CoseKey, string State);

/// <summary>What a browser pins at enrolment: the vault's signing key as COSE_Key, base64url.</summary>
public sealed record VaultKeyShape(string CoseKey);
