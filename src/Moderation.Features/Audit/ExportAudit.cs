// Streams the whole audit log as a file that anybody can verify offline: GET /v1/audit/export.
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Audit;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Evidence.Audit;
using Moderation.Features.Http;

namespace Moderation.Features.Audit;

public static class ExportAudit
{
    private const int ChunkSize = 2048;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/audit/export", GetAsync)
            .RequireAuthorization(Policies.Auditor)
            .WithSummary("The whole audit log up to its newest checkpoint, one JSON object a line");

    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> GetAsync(
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.StartAsync(caller.Subject(), ct);
        return outcome.Match<Results<PushStreamHttpResult, ProblemHttpResult>>(
            size =>
                TypedResults.Stream(
                    output => handler.WriteAsync(output, size, ct),
                    "application/x-ndjson",
                    $"audit-log-{size}.ndjson"
                ),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        /// <summary>Says that the log is taken, and up to where it goes.</summary>
        public async Task<Outcome<long>> StartAsync(string actor, CancellationToken ct)
        {
            var size = await ShowCheckpoint.NewestAsync(db, ct);
            if (size == 0)
                return AuditRefusals.NoCheckpoint;
            db.Say(AuditExported.Kind, new AuditExported(size), clock.GetUtcNow()).Actor = actor;
            await db.SaveChangesAsync(ct);
            return size;
        }

        public async Task WriteAsync(Stream output, long size, CancellationToken ct)
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var writer = new StreamWriter(output, new UTF8Encoding(false), 64 * 1024, leaveOpen: true);
            await LineAsync(LogExport.Header(await OriginAsync(size, ct), (ulong)size));
            for (var from = 0L; from < size; from += ChunkSize)
            {
                var to = Math.Min(from + ChunkSize, size);
                var leaves = await db
                    .AuditLeaves.AsNoTracking()
                    .Where(l => l.Index >= from && l.Index < to)
                    .OrderBy(l => l.Index)
                    .Select(l => new
                    {
                        l.Index,
                        l.Entry,
                        l.LeafHash,
                    })
                    .ToListAsync(ct);
                var notes = await NotesAsync(from, to, ct);
                foreach (var leaf in leaves)
                {
                    await LineAsync(LogExport.Leaf((ulong)leaf.Index, leaf.Entry, leaf.LeafHash));
                    if (notes.TryGetValue(leaf.Index + 1, out var note))
                        await LineAsync(LogExport.Checkpoint(note));
                }
            }
            await writer.WriteAsync(LogExport.End((ulong)size, digest.GetCurrentHash()) + "\n");

            async Task LineAsync(string line)
            {
                digest.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
                await writer.WriteAsync(line + "\n");
            }
        }

        private async Task<string> OriginAsync(long size, CancellationToken ct)
        {
            var newest = await db.AuditCheckpoints.AsNoTracking().SingleAsync(c => c.Size == size, ct);
            return newest.Note[..newest.Note.IndexOf('\n', StringComparison.Ordinal)];
        }

        // Checkpoints of the trees that end in this stretch, each with its cosignatures.
        private async Task<Dictionary<long, string>> NotesAsync(long from, long to, CancellationToken ct)
        {
            var checkpoints = await db
                .AuditCheckpoints.AsNoTracking()
                .Where(c => c.Size > from && c.Size <= to)
                .ToListAsync(ct);
            var cosigned = await db
                .AuditCosignatures.AsNoTracking()
                .Where(w => w.Size > from && w.Size <= to)
                .ToListAsync(ct);
            var lines = cosigned
                .GroupBy(w => w.Size)
                .ToDictionary(
                    group => group.Key,
                    group => string.Concat(group.OrderBy(w => w.Witness, StringComparer.Ordinal).Select(w => w.Line))
                );
            return checkpoints.ToDictionary(c => c.Size, c => c.Note + lines.GetValueOrDefault(c.Size, ""));
        }
    }
}
