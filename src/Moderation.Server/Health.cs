// Says whether the process is alive (/healthz) and whether what it needs is there (/readyz).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;

namespace Moderation.Server;

public static class Health
{
    public sealed record Check(string Name, string State, string? Fix);

    public sealed record Readiness(string State, IReadOnlyList<Check> Checks);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("alive\n")).AllowAnonymous();
        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous();
    }

    /// <summary>Returns when the database takes connections; until then it says every few seconds that it waits.</summary>
    public static async Task DatabaseAnswersAsync(IServiceProvider services, CancellationToken ct)
    {
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Moderation.Server.Health");
        while (true)
        {
            await using var scope = services.CreateAsyncScope();
            if (await scope.ServiceProvider.GetRequiredService<ModerationDb>().Database.CanConnectAsync(ct))
                return;
            log.LogWarning("The database does not answer yet; waiting for it.");
            await Task.Delay(TimeSpan.FromSeconds(2), ct);
        }
    }

    private static async Task<IResult> ReadyAsync(
        ModerationDb db,
        IConfiguration configuration,
        ILoggerFactory log,
        CancellationToken ct
    )
    {
        List<Check> checks = [await DatabaseAsync(db, log, ct), Blobs(configuration), Vault(configuration)];
        var ready = checks.TrueForAll(c => c.State == "ok");
        return TypedResults.Json(
            new Readiness(ready ? "ready" : "not ready", checks),
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
        );
    }

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
