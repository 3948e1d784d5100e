// Adds a member of staff or a platform key from the server's own command line; the first administrator comes in this way.
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Staff;

namespace Moderation.Features.Staff;

public static class AddStaff
{
    /// <summary>Adds a person; false when the login is taken. The password comes on standard input, never as an argument.</summary>
    public static async Task<bool> RunAsync(
        ModerationDb db,
        string login,
        StaffRole role,
        bool childSafety,
        string password,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var number = await db.Staff.CountAsync(ct) + 1;
        var member = new StaffMember
        {
            Id = StaffId.New(now),
            Login = login,
            Pseudonym = $"{role.ToString()[0]}-{number:D2}",
            Role = role,
            ChildSafety = childSafety,
            CreatedAt = now,
        };
        member.PasswordHash = new PasswordHasher<StaffMember>().HashPassword(member, password);
        db.Staff.Add(member);
        db.Say(
            "staff.added",
            new { staff_id = member.Id.ToString(), role = CredentialAuthentication.RoleName(role) },
            now
        ).Actor = "system:command-line";
        return await db.TrySaveAsync(ct);
    }

    /// <summary>Makes an API key for the consuming platform and returns it; it is shown once.</summary>
    public static async Task<string> IssuePlatformKeyAsync(
        ModerationDb db,
        string name,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        var now = clock.GetUtcNow();
        var key = Credentials.Issue(db, CredentialKind.ApiKey, name, now, life: null);
        db.Say("platform.key-issued", new { name }, now).Actor = "system:command-line";
        await db.SaveChangesAsync(ct);
        return key;
    }
}
