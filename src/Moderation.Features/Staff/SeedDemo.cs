// Makes the demo's staff and the demo platform's key, once; `Moderation.Server seed-demo`, in demo mode only.
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Data;
using Moderation.Domain.Staff;

namespace Moderation.Features.Staff;

public static class SeedDemo
{
    private sealed record Login(string LoginName, string Password, string Role);

    private static readonly (string Login, string Pseudonym, StaffRole Role, bool ChildSafety)[] People =
    [
        ("analyst", "R-17", StaffRole.Analyst, false),
        ("analyst2", "R-23", StaffRole.Analyst, false),
        ("senior", "R-04", StaffRole.Senior, true),
        ("liaison", "L-02", StaffRole.Liaison, false),
        ("custodian", "C-01", StaffRole.Custodian, false),
        ("auditor", "A-01", StaffRole.Auditor, false),
        ("admin", "S-01", StaffRole.Admin, false),
    ];

    /// <summary>Passwords and the key are random for each installation, and stand in `run/demo-logins.json` below the data folder.</summary>
    public static async Task RunAsync(
        ModerationDb db,
        IConfiguration configuration,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!configuration.GetValue<bool>("Demo"))
            throw new InvalidOperationException("Demo logins are made in demo mode only (Demo=true).");
        var file = Path.Combine(configuration["DataDir"] ?? "", "run", "demo-logins.json");
        if (File.Exists(file) && await db.Staff.AnyAsync(s => s.Login == "analyst", ct))
            return;

        var now = clock.GetUtcNow();
        var hasher = new PasswordHasher<StaffMember>();
        List<Login> logins = [];
        foreach (var (login, pseudonym, role, childSafety) in People)
        {
            var password = $"demo-{RandomNumberGenerator.GetString("abcdefghjkmnpqrstvwxyz23456789", 10)}";
            var member = await db.Staff.SingleOrDefaultAsync(s => s.Login == login, ct);
            if (member is null)
            {
                member = new StaffMember
                {
                    Id = StaffId.New(now),
                    Login = login,
                    Pseudonym = pseudonym,
                    Role = role,
                    ChildSafety = childSafety,
                    CreatedAt = now,
                };
                db.Staff.Add(member);
            }
            member.PasswordHash = hasher.HashPassword(member, password);
            logins.Add(new Login(login, password, CredentialAuthentication.RoleName(role)));
        }
        var key = Credentials.Issue(db, CredentialKind.ApiKey, "demo-platform", now, life: null);
        await db.SaveChangesAsync(ct);
        await WriteAsync(file, logins, key, ct);
    }

    private static async Task WriteAsync(string file, List<Login> logins, string key, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(file, options);
        await JsonSerializer.SerializeAsync(
            stream,
            new
            {
                logins = logins.Select(l => new
                {
                    login = l.LoginName,
                    password = l.Password,
                    role = l.Role,
                }),
                platform_key = key,
            },
            cancellationToken: ct
        );
    }
}
