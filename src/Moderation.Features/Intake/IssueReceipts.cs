// Signs the receipt of each complete report as soon as a checkpoint of the audit log covers its acceptance, many at a time.
using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moderation.Data;
using Moderation.Domain.Reports;
using Moderation.Evidence;

namespace Moderation.Features.Intake;

/// <summary>One round serves everybody who waits in this process, and whoever was left behind by one that died.</summary>
public sealed class IssueReceipts(
    IServiceScopeFactory scopes,
    ModerationKeys keys,
    IConfiguration configuration,
    TimeProvider clock,
    ILogger<IssueReceipts> log
) : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan PauseWithoutWaiters = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<ReportId, TaskCompletionSource<byte[]>> waiting = [];
    private readonly SemaphoreSlim woken = new(0, 1);

    private TimeSpan Longest => TimeSpan.FromMilliseconds(configuration.GetValue("Intake:ReceiptMilliseconds", 3000));

    /// <summary>The receipt of a report that is complete, or null when the log did not take it in in time.</summary>
    public async Task<byte[]?> WaitAsync(ReportId id, CancellationToken ct)
    {
        var mine = waiting.GetOrAdd(
            id,
            _ => new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        Wake();
        try
        {
            return await mine.Task.WaitAsync(Longest, clock, ct);
        }
        catch (TimeoutException)
        {
            waiting.TryRemove(id, out _);
            return null;
        }
    }

    public static byte[] Sign(
        ReportId id,
        byte[] contentId,
        DateTimeOffset completed,
        byte[] checkpoint,
        CoseSigner signer
    ) =>
        new IntakeReceipt(
            id.Value.ToByteArray(bigEndian: true),
            contentId,
            (ulong)completed.ToUnixTimeMilliseconds(),
            checkpoint
        ).Sign(signer);

    public override void Dispose()
    {
        woken.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (keys.HasLog)
                    await RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Nobody gets a receipt now; the reports stay complete, and a later round signs for them.
                log.LogError("Receipts could not be issued: {ErrorClass}", e.GetBaseException().GetType().Name);
            }
            try
            {
                await Task.Delay(Pause, clock, stoppingToken);
                if (waiting.IsEmpty)
                    await woken.WaitAsync(PauseWithoutWaiters, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>One round: signs what a checkpoint covers, and tells everybody whose receipt is there.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ModerationDb>();
        await using (var work = await db.Database.BeginTransactionAsync(ct))
        {
            if (await SignOwedAsync(db, ct) > 0)
                await work.CommitAsync(ct);
        }
        await TellAsync(db, ct);
    }

    private async Task<int> SignOwedAsync(ModerationDb db, CancellationToken ct)
    {
        // Newest first: what can never be signed for must not stand before what somebody waits for.
        var owed = await db
            .Reports.FromSql(
                $"""
                select *, xmin from reports where state = 'Complete' and intake_receipt is null and completed_at is not null
                order by completed_at desc limit {BatchSize} for update skip locked
                """
            )
            .AsNoTracking()
            .Select(r => new
            {
                r.Id,
                r.ContentId,
                r.CompletedAt,
            })
            .ToListAsync(ct);
        if (owed.Count == 0)
            return 0;
        var byLeaf = owed.ToDictionary(r =>
            Convert.ToHexString(
                AuditEntry.Accepted(r.ContentId, (ulong)r.CompletedAt!.Value.ToUnixTimeMilliseconds()).LeafHash()
            )
        );
        var leaves = byLeaf.Keys.Select(Convert.FromHexString).ToArray();
        var covered = await db
            .AuditLeaves.Where(l => l.Form == AuditLeafForm.Evidence && leaves.Contains(l.LeafHash))
            .Select(l => new
            {
                l.LeafHash,
                Checkpoint = db
                    .AuditCheckpoints.Where(c => c.Size > l.Index)
                    .OrderBy(c => c.Size)
                    .Select(c => c.BodyHash)
                    .FirstOrDefault(),
            })
            .ToListAsync(ct);
        List<Guid> ids = [];
        List<byte[]> receipts = [];
        foreach (var leaf in covered)
        {
            if (leaf.Checkpoint is null || byLeaf[Convert.ToHexString(leaf.LeafHash)] is not { } report)
                continue;
            ids.Add(report.Id.Value);
            receipts.Add(Sign(report.Id, report.ContentId, report.CompletedAt!.Value, leaf.Checkpoint, keys.Receipt));
        }
        if (ids.Count == 0)
            return 0;
        var (reports, signed) = (ids.ToArray(), receipts.ToArray());
        return await db.Database.ExecuteSqlAsync(
            $"""
            update reports r set intake_receipt = s.receipt
            from unnest({reports}, {signed}) as s (id, receipt) where r.id = s.id and r.intake_receipt is null
            """,
            ct
        );
    }

    // Also those whose receipt another process has signed.
    private async Task TellAsync(ModerationDb db, CancellationToken ct)
    {
        if (waiting.IsEmpty)
            return;
        var ids = waiting.Keys.ToList();
        var signed = await db
            .Reports.AsNoTracking()
            .Where(r => ids.Contains(r.Id) && r.IntakeReceipt != null)
            .Select(r => new { r.Id, r.IntakeReceipt })
            .ToListAsync(ct);
        foreach (var report in signed)
            if (waiting.TryRemove(report.Id, out var waiter))
                waiter.TrySetResult(report.IntakeReceipt!);
    }

    private void Wake()
    {
        try
        {
            woken.Release();
        }
        catch (SemaphoreFullException)
        {
            // Already woken: one round is enough for all.
        }
    }
}
