// Reads who is calling from the authenticated request.
using System.Security.Claims;
using Moderation.Domain.Accounts;
using Moderation.Domain.Staff;

namespace Moderation.Features.Http;

public static class Caller
{
    public const string ChildSafetyClaim = "child_safety";
    public const string PseudonymClaim = "pseudonym";

    /// <summary>What tells one token or key from another, and nothing that could be used as one.</summary>
    public const string CredentialClaim = "credential";

    public static StaffId Staff(this ClaimsPrincipal caller) =>
        StaffId.TryParse(Subject(caller), null, out var id)
            ? id
            : throw new InvalidOperationException("This route lets in callers that are not staff.");

    public static AccountId Account(this ClaimsPrincipal caller) =>
        AccountId.TryParse(Subject(caller), null, out var id)
            ? id
            : throw new InvalidOperationException("This route lets in callers that are not hosts.");

    public static string Pseudonym(this ClaimsPrincipal caller) => caller.FindFirstValue(PseudonymClaim) ?? "";

    public static bool MaySeeChildSafety(this ClaimsPrincipal caller) => caller.HasClaim(ChildSafetyClaim, "true");

    public static string Subject(this ClaimsPrincipal caller) => caller.FindFirstValue(ClaimTypes.NameIdentifier) ?? "";
}
