// Reads every stored blob again and compares it with its digest, slowly, in stretches, from where the last one stopped.
using System.Buffers;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Moderation.Data;

namespace Moderation.Features.Storage;

/// <summary>Settings: `Storage:Scrub:BytesPerSecond` (20 MB), `Storage:Scrub:EveryHours` (168, from the end of one pass to
/// the start of the next), `Storage:Scrub:StretchSeconds` (50; the job comes every minute).</summary>
public sealed class ScrubBlobs(
    ModerationDb db,
    IBlobStore blobs,
    BlobAlarm alarm,
    IConfiguration configuration,
    TimeProvider clock
)
{
    private const long LockKey = 0x7363727562; // "scrub"
    private const int Page = 64;

    private sealed record Stored(byte[] Hash);

    /// <summary>One stretch. Safe to run twice and in several processes: only one scrubs at a time.</summary>
    /// <returns>How many blobs were looked at.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            var mine = await db
                .Database.SqlQuery<bool>($"select pg_try_advisory_lock({LockKey}) as \"Value\"")
                .ToListAsync(ct);
            if (!mine[0])
                return 0;
            try
            {
                return await FindRunAsync(ct) is { } run ? await StretchAsync(run, ct) : 0;
            }
            finally
            {
                await db.Database.ExecuteSqlAsync($"select pg_advisory_unlock({LockKey})", CancellationToken.None);
            }
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private async Task<ScrubRun?> FindRunAsync(CancellationToken ct)
    {
        var last = await db.ScrubRuns.OrderByDescending(r => r.StartedAt).FirstOrDefaultAsync(ct);
        if (last is { FinishedAt: null })
            return last;
        var now = clock.GetUtcNow();
        var every = TimeSpan.FromHours(configuration.GetValue("Storage:Scrub:EveryHours", 168.0));
        if (last?.FinishedAt is { } finished && now - finished < every)
            return null;
        var run = new ScrubRun { Id = Guid.CreateVersion7(now), StartedAt = now };
        db.ScrubRuns.Add(run);
        await db.SaveChangesAsync(ct);
        return run;
    }

    private async Task<int> StretchAsync(ScrubRun run, CancellationToken ct)
    {
        var pace = new Pace(configuration.GetValue("Storage:Scrub:BytesPerSecond", 20_000_000L), clock);
        var until = TimeSpan.FromSeconds(configuration.GetValue("Storage:Scrub:StretchSeconds", 50.0));
        var looked = 0;
        while (pace.Elapsed < until)
        {
            var page = await NextAsync(run.Cursor, ct);
            foreach (var blob in page)
            {
                await LookAsync(run, blob.Hash, pace, ct);
                looked++;
            }
            if (page.Count < Page)
                run.FinishedAt = clock.GetUtcNow();
            await db.SaveChangesAsync(ct);
            if (run.FinishedAt is not null)
                break;
        }
        return looked;
    }

    private Task<List<Stored>> NextAsync(byte[] after, CancellationToken ct) =>
        db
            .Database.SqlQuery<Stored>(
                $"""
                select distinct ciphertext_hash as hash from report_segments
                where stored_at is not null and ciphertext_hash > {after}
                order by ciphertext_hash limit {Page}
                """
            )
            .ToListAsync(ct);

    private async Task LookAsync(ScrubRun run, byte[] hash, Pace pace, CancellationToken ct)
    {
        var (problem, length) = await CompareAsync(hash, pace, ct);
        if (problem is { } found)
        {
            if (await alarm.RaiseAsync(hash, found, ct))
                (run.Missing, run.Altered) =
                    found is BlobProblem.Missing ? (run.Missing + 1, run.Altered) : (run.Missing, run.Altered + 1);
        }
        else
        {
            await alarm.ClearAsync(hash, ct);
        }
        (run.Cursor, run.Blobs, run.Bytes) = (hash, run.Blobs + 1, run.Bytes + length);
    }

    private async Task<(BlobProblem? Problem, long Length)> CompareAsync(byte[] hash, Pace pace, CancellationToken ct)
    {
        var block = ArrayPool<byte>.Shared.Rent(131_072);
        long length = 0;
        try
        {
            await using var bytes = await blobs.OpenReadAsync(hash, ct);
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int read;
            while ((read = await bytes.ReadAsync(block, ct)) > 0)
            {
                sum.AppendData(block, 0, read);
                length += read;
                await pace.KeepAsync(read, ct);
            }
            return (sum.GetHashAndReset().AsSpan().SequenceEqual(hash) ? null : BlobProblem.Altered, length);
        }
        catch (BlobMissingException)
        {
            return (BlobProblem.Missing, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>No more than so many bytes a second on average since it began.</summary>
    private sealed class Pace(long bytesPerSecond, TimeProvider clock)
    {
        private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);
        private readonly long _began = clock.GetTimestamp();
        private long _bytes;

        public TimeSpan Elapsed => clock.GetElapsedTime(_began);

        public async Task KeepAsync(int bytes, CancellationToken ct)
        {
            _bytes += bytes;
            var early = TimeSpan.FromSeconds((double)_bytes / bytesPerSecond) - Elapsed;
            if (early > LeastPause)
                await Task.Delay(early, clock, ct);
        }
    }
}
