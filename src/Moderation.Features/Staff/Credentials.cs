// Makes opaque bearer tokens and checks them: the database keeps the SHA-256 of a token, never the token.
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Moderation.Data;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Staff;

public static class Credentials
{
    public const string Scheme = "Moderation";
    public const string CookieName = "moderation-session";

    /// <summary>Adds a credential to <paramref name="db"/> (not yet saved) and returns the token, which exists nowhere else.</summary>
    public static string Issue(
        ModerationDb db,
        CredentialKind kind,
        string subject,
        DateTimeOffset now,
        TimeSpan? life,
        string? token = null
    )
    {
        token ??= $"{PrefixOf(kind)}_{Bytes.ToText(RandomNumberGenerator.GetBytes(32))}";
        db.Credentials.Add(
            new Credential
            {
                Hash = HashOf(token),
                Kind = kind,
                Subject = subject,
                CreatedAt = now,
                ExpiresAt = now + life,
            }
        );
        return token;
    }

    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string PrefixOf(CredentialKind kind) =>
        kind switch
        {
            CredentialKind.Session => "mss",
            CredentialKind.HostToken => "mht",
            _ => "mak",
        };
}

public sealed class CredentialAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    ModerationDb db,
    TimeProvider clock
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var (token, fromCookie) = ReadToken();
        if (token is null)
            return AuthenticateResult.NoResult();
        // A cookie rides along by itself, so a changing request must come from our own pages.
        if (fromCookie && !HttpMethods.IsGet(Request.Method) && !IsSameOrigin())
            return AuthenticateResult.Fail("cross-origin");

        var now = clock.GetUtcNow();
        var hash = Credentials.HashOf(token);
        var credential = await db
            .Credentials.AsNoTracking()
            .SingleOrDefaultAsync(c => c.Hash == hash && c.RevokedAt == null, Context.RequestAborted);
        if (credential is null || credential.ExpiresAt <= now)
            return AuthenticateResult.Fail("unknown or ended");

        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, credential.Subject),
            new(Caller.CredentialClaim, Convert.ToHexString(hash, 0, 16)),
        ];
        if (credential.Kind == CredentialKind.Session)
        {
            StaffId.TryParse(credential.Subject, null, out var id);
            // Read at every request: a role change takes effect at the next one (triage.md 15).
            var member = await db
                .Staff.AsNoTracking()
                .SingleOrDefaultAsync(s => s.Id == id && !s.Disabled, Context.RequestAborted);
            if (member is null)
                return AuthenticateResult.Fail("unknown or ended");
            claims.Add(new Claim(ClaimTypes.Role, RoleName(member.Role)));
            claims.Add(new Claim(Caller.PseudonymClaim, member.Pseudonym));
            claims.Add(new Claim(Caller.ChildSafetyClaim, member.ChildSafety ? "true" : "false"));
        }
        else
        {
            claims.Add(new Claim(ClaimTypes.Role, credential.Kind == CredentialKind.HostToken ? "host" : "platform"));
        }
        var principal = new ClaimsPrincipal(new ClaimsIdentity(claims, Credentials.Scheme));
        return AuthenticateResult.Success(new AuthenticationTicket(principal, Credentials.Scheme));
    }

    public static string RoleName(StaffRole role) => role.ToString().ToLowerInvariant();

    private (string? Token, bool FromCookie) ReadToken()
    {
        var header = Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return (header["Bearer ".Length..].Trim(), false);
        return (Request.Cookies[Credentials.CookieName], true);
    }

    private bool IsSameOrigin()
    {
        var site = Request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
            return site == "same-origin";
        return Uri.TryCreate(Request.Headers.Origin.ToString(), UriKind.Absolute, out var origin)
            && string.Equals(origin.Authority, Request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
