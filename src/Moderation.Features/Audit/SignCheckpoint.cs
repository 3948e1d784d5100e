// Signs where the log stands, once a second at most and only when it has grown.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Data;
using Moderation.Evidence.Audit;

namespace Moderation.Features.Audit;

public sealed class SignCheckpoint(ModerationDb db, LogKeys keys, IConfiguration configuration)
{
    private TimeSpan Interval =>
        TimeSpan.FromMilliseconds(configuration.GetValue("Audit:CheckpointMilliseconds", 1000));

    /// <summary>True when a checkpoint was signed.</summary>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        if (!keys.Configured || !await db.AuditHeads.AnyAsync(head => head.Size > head.CheckpointSize, ct))
            return false;
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await AppendEvents.HeadAsync(db, ct) is not { } head || head.Size == head.CheckpointSize)
            return false;
        var now = await db.NowAsync(ct);
        // A clock that was set back must not stop the log until it has caught up.
        if (now >= head.CheckpointAt && now - head.CheckpointAt < Interval)
            return false;
        await RefuseOtherOriginAsync(head, ct);
        var root = MerkleFrontier.Read((ulong)head.Size, head.Frontier).Root();
        var note = new Checkpoint(keys.Origin, (ulong)head.Size, root).Sign(keys.Signers);
        db.AuditCheckpoints.Add(
            new AuditCheckpoint
            {
                Size = head.Size,
                Note = note.ToString(),
                BodyHash = Checkpoint.BodyHash(note.Text),
                At = now,
            }
        );
        await db.SaveChangesAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"update audit_head set checkpoint_size = {head.Size}, checkpoint_at = {now} where id = {AuditHead.Only}",
            ct
        );
        await transaction.CommitAsync(ct);
        return true;
    }

    // A log keeps its name for life: under another one it would be another log that only looks like this.
    private async Task RefuseOtherOriginAsync(AuditHead head, CancellationToken ct)
    {
        var last = await db
            .AuditCheckpoints.AsNoTracking()
            .SingleOrDefaultAsync(c => c.Size == head.CheckpointSize, ct);
        if (last is not null && !last.Note.StartsWith($"{keys.Origin}\n", StringComparison.Ordinal))
            throw new InvalidOperationException("The key in Keys:Log is of another log than the one in the database.");
    }
}
