// Raises the alarm for a blob that is gone or altered: a row, an event in each case, a log line with the digest and nothing else.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Storage;
using Moderation.Data;
using Moderation.Domain.Reports;

namespace Moderation.Features.Storage;

public sealed class BlobAlarm(ModerationDb db, TimeProvider clock, ILogger<BlobAlarm> log)
{
    /// <summary>Says it once for as long as it lasts; no transaction may be open.</summary>
    /// <returns>False when no report has the blob any more: then nothing is wrong.</returns>
    public async Task<bool> RaiseAsync(byte[] hash, BlobProblem problem, CancellationToken ct)
    {
        await using var work = await db.Database.BeginTransactionAsync(ct);
        // Whoever deletes it takes the same lock, and has taken its row away before.
        await BlobLock.TakeAsync(db, hash, ct);
        var reports = await db
            .ReportSegments.Where(s => s.CiphertextHash == hash && s.StoredAt != null)
            .Select(s => s.ReportId)
            .Distinct()
            .ToListAsync(ct);
        if (reports.Count == 0)
            return false;
        var now = clock.GetUtcNow();
        var known = await db.BlobFaults.SingleOrDefaultAsync(f => f.Hash == hash, ct);
        if (known is { ClearedAt: null } && known.Problem == problem)
            return true;
        if (known is null)
            db.BlobFaults.Add(
                new BlobFault
                {
                    Hash = hash,
                    Problem = problem,
                    FoundAt = now,
                }
            );
        else
            (known.Problem, known.FoundAt, known.ClearedAt) = (problem, now, null);
        foreach (var report in reports)
            await SayAsync(report, hash, problem, now, ct);
        await db.SaveChangesAsync(ct);
        await work.CommitAsync(ct);
        log.LogError("A stored blob is {Problem}: {Sha256}", problem, Convert.ToHexStringLower(hash));
        return true;
    }

    /// <summary>The blob was found whole.</summary>
    public Task ClearAsync(byte[] hash, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return db
            .BlobFaults.Where(f => f.Hash == hash && f.ClearedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(f => f.ClearedAt, now), ct);
    }

    private async Task SayAsync(
        ReportId report,
        byte[] hash,
        BlobProblem problem,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var said = db.Say(
            EvidenceDamaged.Kind,
            new EvidenceDamaged(
                report.ToString(),
                Convert.ToHexStringLower(hash),
                problem.ToString().ToLowerInvariant()
            ),
            now
        );
        said.Actor = "system:storage";
        var cases = await db
            .ReportSubjects.Where(s => s.ReportId == report)
            .Select(s => s.CaseId)
            .Distinct()
            .ToListAsync(ct);
        said.CaseId = cases is [var only] ? only.Value : null;
    }
}
