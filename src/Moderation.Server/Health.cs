// Says whether the process is alive (/healthz) and whether what it needs is there (/readyz).
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Features.Intake;
using Moderation.Features.Storage;

namespace Moderation.Server;

public static class Health
{
    private const string Alarm = "alarm";
    private const string Warning = "warning";

    public sealed record Check(string Name, string State, string? Fix);

    public sealed record Readiness(string State, IReadOnlyList<Check> Checks);

    private static readonly TimeSpan HeadMayLag = TimeSpan.FromSeconds(30);

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
        IBlobStore blobs,
        ModerationKeys keys,
        IConfiguration configuration,
        ILoggerFactory log,
        CancellationToken ct
    )
    {
        var database = await DatabaseAsync(db, log, ct);
        List<Check> checks =
        [
            database,
            await BlobsAsync(blobs, ct),
            Vault(configuration),
            KeyBackup(keys),
            await DamageAsync(db, ct),
        ];
        if (database.State == "ok")
            checks.Add(await AuditAsync(db, configuration, ct));
        var ready = checks.TrueForAll(c => c.State is "ok" or Alarm or Warning);
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

    private static async Task<Check> BlobsAsync(IBlobStore blobs, CancellationToken ct) =>
        await blobs.FindTroubleAsync(ct) switch
        {
            null => new Check("blobs", "ok", null),
            "full" => new Check(
                "blobs",
                "full",
                "Make room on the disk of DataDir; until then no evidence is taken in"
            ),
            var trouble => new Check(
                "blobs",
                trouble,
                "Make the folder of DataDir or the bucket of Storage:S3 reachable"
            ),
        };

    // One damaged report must not take every server out of service; it must be seen.
    private static async Task<Check> DamageAsync(ModerationDb db, CancellationToken ct)
    {
        try
        {
            var damaged = await db.BlobFaults.CountAsync(f => f.ClearedAt == null, ct);
            return damaged == 0
                ? new Check("evidence", "ok", null)
                : new Check(
                    "evidence",
                    Alarm,
                    $"{damaged} stored blobs are missing or altered: docs/storage.md, Damage"
                );
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or TimeoutException)
        {
            return new Check("evidence", Alarm, "Not known while the database does not answer");
        }
    }

    private static Check Vault(IConfiguration configuration) =>
        File.Exists(configuration["Vault:Socket"])
            ? new Check("vault", "ok", null)
            : new Check("vault", "down", "Start Moderation.Vault; until then no evidence can be opened");
}
