// The activity that a synthetic platform tells of an account (risk.md 1); invented, and on documentation names where it can be.
using System.Security.Cryptography;

namespace Moderation.Cli;

public static class Signals
{
    // A well-known throwaway domain and addresses of data centres: what the three real signals look for.
    private const string ThrowawayDomain = "mailinator.com";
    private const string HostingAddress = "5.9.0.1";

    public static object Of(string account, Persona persona, DateTimeOffset now) =>
        persona == Persona.Throwaway ? Throwaway(account, now) : Established(account, now);

    private static object Throwaway(string account, DateTimeOffset now) =>
        new
        {
            signals = new object[]
            {
                Signal(
                    "account.registered",
                    account,
                    now.AddMinutes(-50),
                    HostingAddress,
                    new
                    {
                        email = $"{account}@{ThrowawayDomain}",
                        email_verified = false,
                        method = "password",
                    }
                ),
                Signal(
                    "org.created",
                    account,
                    now.AddMinutes(-49),
                    null,
                    new { origin = "self_service", domain_verified = false }
                ),
                Signal(
                    "account.signed_in",
                    account,
                    now.AddMinutes(-20),
                    HostingAddress,
                    new { outcome = "ok", method = "password" }
                ),
            },
        };

    private static object Established(string account, DateTimeOffset now) =>
        new
        {
            signals = new object[]
            {
                Signal(
                    "account.registered",
                    account,
                    now.AddDays(-29),
                    "203.0.113.40",
                    new
                    {
                        email = $"{account}@example.org",
                        email_verified = true,
                        method = "sso",
                    }
                ),
            },
        };

    private static object Signal(string kind, string account, DateTimeOffset at, string? ip, object data) =>
        new
        {
            id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
            kind,
            at,
            account,
            ip,
            data,
        };
}
