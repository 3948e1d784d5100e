// Says whether the process is alive (/healthz) and whether what it needs is there (/readyz).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;

namespace Moderation.Server;

public static class Health
{
    public sealed record Check(string Name, string State, string? Fix);

    public sealed record Readiness(string State, IReadOnlyList<Check> Checks);

    private static readonly TimeSpan HeadMayLag = TimeSpan.FromSeconds(30);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => TypedResults.Text("alive\n")).AllowAnonymous();
        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous();
    }

    private static async Task<IResult> ReadyAsync(
        ModerationDb db,
        IConfiguration configuration,
        ILoggerFactory log,
        CancellationToken ct
    )
    {
        var database = await DatabaseAsync(db, log, ct);
        List<Check> checks = [database, Blobs(configuration), Vault(configuration)];
        if (database.State == "ok")
            checks.Add(await AuditAsync(db, configuration, ct));
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

    // How old the log's head is while something waits for it: an event without a leaf, or leaves under no checkpoint.
    private static async Task<Check> AuditAsync(ModerationDb db, IConfiguration configuration, CancellationToken ct)
    {
        var oldest = await db.NowAsync(ct) - HeadMayLag;
        var late =
            await db.AuditWaiting.AnyAsync(w => w.QueuedAt < oldest, ct)
            || configuration["Keys:Log"] is { Length: > 0 }
                && await db.AuditHeads.AnyAsync(
                    h =>
                        h.Size > h.CheckpointSize
                        && db.AuditLeaves.Any(l =>
                            l.Index == h.CheckpointSize
                            && db.Events.Any(e => e.Id == l.EventId && e.OccurredAt < oldest)
                        ),
                    ct
                );
        return late
            ? new Check("audit", "behind", "See that a worker runs, that Keys:Log can be read, and what its log says")
            : new Check("audit", "ok", null);
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
