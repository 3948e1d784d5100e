// The few acts that need the database itself and no running server: demo staff, the first member of staff, a platform key.
using Moderation.CasePackage;
using Moderation.Data;
using Moderation.Domain.Staff;
using Moderation.Features.Audit;
using Moderation.Features.Staff;

namespace Moderation.Server;

public static class Commands
{
    private const string Usage = """
        Moderation.Server [--urls http://127.0.0.1:5080]
        Moderation.Server seed-demo
        Moderation.Server add-staff LOGIN analyst|senior|liaison|custodian|auditor|admin [--child-safety]   (password on standard input)
        Moderation.Server add-platform-key NAME
        Moderation.Server make-package-signer     (a signer of case packages for demo and development)
        Moderation.Server make-log-key ORIGIN     (the key of the audit log, once; ORIGIN names the log for ever, such as ts.example/audit)
        """;

    /// <summary>Runs the command that the arguments name; null when they name none and the server is to start.</summary>
    public static async Task<int?> RunAsync(string[] args, IServiceProvider services, IConfiguration configuration)
    {
        if (args is [] || args[0].StartsWith('-') || args[0].Contains('=', StringComparison.Ordinal))
            return null;
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        var clock = scope.ServiceProvider.GetRequiredService<TimeProvider>();
        switch (args)
        {
            case ["seed-demo"]:
                await SeedDemo.RunAsync(db, configuration, clock, CancellationToken.None);
                return 0;
            case ["add-staff", var login, var role, .. var rest]
                when Enum.TryParse<StaffRole>(role, ignoreCase: true, out var known):
                return await AddAsync(db, login, known, rest.Contains("--child-safety"), clock);
            case ["add-platform-key", var name]:
                await Console.Out.WriteLineAsync(
                    await AddStaff.IssuePlatformKeyAsync(db, name, clock, CancellationToken.None)
                );
                return 0;
            case ["make-log-key", var origin]:
                LogKeys.MakeFiles(Require(configuration, "Keys:Log"), Require(configuration, "Keys:Public"), origin);
                return 0;
            case ["make-package-signer"]:
                PackageSigner.MakeFiles(Require(configuration, "Keys:PackageSigner"), clock.GetUtcNow());
                return 0;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static string Require(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value ? value : throw new InvalidOperationException($"{key} is not set.");

    private static async Task<int> AddAsync(
        ModerationDb db,
        string login,
        StaffRole role,
        bool childSafety,
        TimeProvider clock
    )
    {
        var password = await Console.In.ReadLineAsync() ?? "";
        if (password.Length < 12)
        {
            await Console.Error.WriteLineAsync("error: the password (on standard input) needs at least 12 characters");
            return 2;
        }
        if (await AddStaff.RunAsync(db, login, role, childSafety, password, clock, CancellationToken.None))
            return 0;
        await Console.Error.WriteLineAsync("error: that login is taken");
        return 5;
    }
}
