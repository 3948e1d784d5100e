// After a restore: destroys again what the backup brought back, from the tombstone log, before anything is served.
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Opening;
using Moderation.Data;
using Moderation.Domain.Reports;

namespace Moderation.Features.Storage;

/// <summary>The start of the process waits for it; while the database does not answer it tries again, and
/// <see cref="IsDone"/> keeps the doors shut. A log that was tampered with keeps them shut for good.</summary>
public sealed class ReplayTombstones(
    IServiceScopeFactory scopes,
    TombstoneLog log,
    TimeProvider clock,
    ILogger<ReplayTombstones> say
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public bool IsDone { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!IsDone)
        {
            await Task.Delay(Pause, clock, stoppingToken);
            await TryAsync(stoppingToken);
        }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            var again = 0;
            foreach (var stone in await log.ReadAsync(ct))
                again += await ApplyAsync(stone, ct) ? 1 : 0;
            if (again > 0)
                say.LogWarning("Destroyed again after a restore: {Count} bundles", again);
            IsDone = true;
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            say.LogError("The tombstone log is not replayed yet, nothing is served: {Fault}", fault.GetType().Name);
        }
    }

    private async Task<bool> ApplyAsync(Tombstone stone, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        var blobs = scope.ServiceProvider.GetRequiredService<IBlobStore>();
        await using var work = await db.Database.BeginTransactionAsync(ct);
        var rows = await db
            .Reports.FromSql($"select *, xmin from reports where content_id = {stone.ContentId} for update")
            .AsTracking()
            .ToListAsync(ct);
        if (rows is not [var report] || report.Make(ReportMove.DestroyEvidence).Refusal is not null)
            return false;
        report.HeadPart = [];
        var hashes = await db
            .ReportSegments.Where(s => s.ReportId == report.Id)
            .Select(s => s.CiphertextHash)
            .ToListAsync(ct);
        await db
            .ReportSegments.Where(s => s.ReportId == report.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.StoredAt, (DateTimeOffset?)null), ct);
        if (await db.EvidenceDestructions.SingleOrDefaultAsync(d => d.ReportId == report.Id, ct) is { } asked)
            (asked.DestroyedAt, asked.Certificate) = (stone.At, stone.Certificate);
        var said = db.Say(
            EvidenceDestroyed.Kind,
            new EvidenceDestroyed(
                report.Id.ToString(),
                System.Buffers.Text.Base64Url.EncodeToString(stone.ContentId),
                Convert.ToHexStringLower(SHA256.HashData(stone.Certificate))
            ),
            clock.GetUtcNow()
        );
        said.Actor = "system:tombstones";
        await db.SaveChangesAsync(ct);
        await work.CommitAsync(ct);
        foreach (var hash in hashes)
            await DropAsync(db, blobs, hash, ct);
        return true;
    }

    private static async Task DropAsync(ModerationDb db, IBlobStore blobs, byte[] hash, CancellationToken ct)
    {
        await using var work = await db.Database.BeginTransactionAsync(ct);
        await BlobLock.TakeAsync(db, hash, ct);
        if (!await db.ReportSegments.AnyAsync(s => s.CiphertextHash == hash && s.StoredAt != null, ct))
            await blobs.DeleteAsync(hash, ct);
        await work.CommitAsync(ct);
    }
}
