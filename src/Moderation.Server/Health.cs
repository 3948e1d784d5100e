// Says whether the process is alive (/healthz) and whether what it needs is there (/readyz).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Features.Intake;

namespace Moderation.Server;

public static class Health
{
    private const string Warning = "warning";

    public sealed record Check(string Name, string State, string? Fix);

    public sealed record Readiness(string State, IReadOnlyList<Check> Checks);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("alive\n")).AllowAnonymous();
        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous();
    }

    private static async Task<IResult> ReadyAsync(
        ModerationDb db,
        ModerationKeys keys,
        IConfiguration configuration,
        ILoggerFactory log,
        CancellationToken ct
    )
    {
        List<Check> checks =
        [
            await DatabaseAsync(db, log, ct),
            Blobs(configuration),
            Vault(configuration),
            KeyBackup(keys),
        ];
        var ready = checks.TrueForAll(c => c.State is "ok" or Warning);
        return TypedResults.Json(
            new Readiness(ready ? "ready" : "not ready", checks),
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
        );
    }

    // A lost key is lost evidence; it does not stop a server that works today (docs/custody.md, Backup).
    private static Check KeyBackup(ModerationKeys keys) =>
        keys.ReadUnprovenBackups() is 0
            ? new Check("key-backup", "ok", null)
            : new Check("key-backup", Warning, "Back the keys up and prove it: keys backup, keys verify-backup");

    private static async Task<Check> DatabaseAsync(ModerationDb db, ILoggerFactory log, CancellationToken ct)
    {
        try
        {
            var lacking = await db.Database.GetPendingMigrationsAsync(ct);
            return lacking.Any()
                ? new Check("database", "behind", "Run the migrations: moderation db migrate")
                : new Check("database", "ok", null);
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or TimeoutException)
        {
            log.CreateLogger("Moderation.Server.Health")
                .LogError("The database does not answer: {Fault}", e.GetType().Name);
            return new Check("database", "down", "Start PostgreSQL, or correct ConnectionStrings:Moderation");
        }
    }

    private static Check Blobs(IConfiguration configuration)
    {
        var folder = configuration["DataDir"] ?? "";
        return Directory.Exists(folder)
            ? new Check("blobs", "ok", null)
            : new Check("blobs", "missing", "Create the folder that DataDir names");
    }

    private static Check Vault(IConfiguration configuration) =>
        File.Exists(configuration["Vault:Socket"])
            ? new Check("vault", "ok", null)
            : new Check("vault", "down", "Start Moderation.Vault; until then no evidence can be opened");
}
