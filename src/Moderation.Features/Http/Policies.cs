// Who may come through which door: the names of the authorization policies and what each asks for.
using Microsoft.AspNetCore.Authorization;

namespace Moderation.Features.Http;

public static class Policies
{
    /// <summary>A host's client, with a token the platform asked for on behalf of one account.</summary>
    public const string Host = "host";

    /// <summary>The consuming platform, with its API key.</summary>
    public const string Platform = "platform";

    /// <summary>Any signed-in member of staff.</summary>
    public const string Staff = "staff";

    /// <summary>Sees queue, cases and accounts: analyst, senior, liaison, auditor.</summary>
    public const string SeeCases = "see-cases";

    /// <summary>Claims, opens evidence, decides: analyst, senior.</summary>
    public const string Decide = "decide";

    /// <summary>Quality figures: senior, auditor.</summary>
    public const string SeeQuality = "see-quality";

    /// <summary>Registers legal requests and builds exports.</summary>
    public const string Liaison = "liaison";

    /// <summary>Approves exports: senior, custodian.</summary>
    public const string ApproveExports = "approve-exports";

    /// <summary>Destroys evidence, together with a second one.</summary>
    public const string Custodian = "custodian";

    /// <summary>Reads some or all of the audit log (triage.md 15): everybody of staff but the admin.</summary>
    public const string ReadAudit = "read-audit";

    /// <summary>Reads and verifies all of the audit log.</summary>
    public const string Auditor = "auditor";

    /// <summary>Runs the system; sees no case.</summary>
    public const string Admin = "admin";

    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(Host, p => p.RequireRole("host"));
        options.AddPolicy(Platform, p => p.RequireRole("platform"));
        options.AddPolicy(Staff, p => p.RequireRole("analyst", "senior", "liaison", "custodian", "auditor", "admin"));
        options.AddPolicy(SeeCases, p => p.RequireRole("analyst", "senior", "liaison", "auditor"));
        options.AddPolicy(Decide, p => p.RequireRole("analyst", "senior"));
        options.AddPolicy(SeeQuality, p => p.RequireRole("senior", "auditor"));
        options.AddPolicy(Liaison, p => p.RequireRole("liaison"));
        options.AddPolicy(ApproveExports, p => p.RequireRole("senior", "custodian"));
        options.AddPolicy(Custodian, p => p.RequireRole("custodian"));
        options.AddPolicy(ReadAudit, p => p.RequireRole("analyst", "senior", "liaison", "custodian", "auditor"));
        options.AddPolicy(Auditor, p => p.RequireRole("auditor"));
        options.AddPolicy(Admin, p => p.RequireRole("admin"));
        // A route that names no policy is closed, not open.
        options.FallbackPolicy = new AuthorizationPolicyBuilder()
            .RequireAuthenticatedUser()
            .RequireRole("nobody")
            .Build();
    }
}
