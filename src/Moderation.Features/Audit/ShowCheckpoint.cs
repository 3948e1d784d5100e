// Publishes what the log says about itself: GET /v1/audit/checkpoint, for anybody, the newest or that of a given size.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Features.Http;

namespace Moderation.Features.Audit;

public static class ShowCheckpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/audit/checkpoint", GetAsync)
            .AllowAnonymous()
            .WithSummary("The newest signed checkpoint of the audit log, with the cosignatures of its witnesses");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> GetAsync(
        ModerationDb db,
        CancellationToken ct,
        long? size = null,
        bool witnessed = false
    )
    {
        var checkpoint = await db
            .AuditCheckpoints.AsNoTracking()
            .Where(c => size == null || c.Size == size)
            .Where(c => !witnessed || db.AuditCosignatures.Any(w => w.Size == c.Size))
            .OrderByDescending(c => c.Size)
            .FirstOrDefaultAsync(ct);
        return checkpoint is null
            ? AuditRefusals.NoCheckpoint.ToProblem()
            : TypedResults.Text(await NoteAsync(db, checkpoint, ct), "text/plain; charset=utf-8");
    }

    /// <summary>The note with every cosignature that has come in.</summary>
    internal static async Task<string> NoteAsync(ModerationDb db, AuditCheckpoint checkpoint, CancellationToken ct)
    {
        var lines = await db
            .AuditCosignatures.Where(w => w.Size == checkpoint.Size)
            .OrderBy(w => w.Witness)
            .Select(w => w.Line)
            .ToListAsync(ct);
        return checkpoint.Note + string.Concat(lines);
    }

    /// <summary>Size of the newest checkpoint: no proof goes beyond what is signed; 0 before the first.</summary>
    internal static async Task<long> NewestAsync(ModerationDb db, CancellationToken ct) =>
        await db.AuditCheckpoints.MaxAsync(c => (long?)c.Size, ct) ?? 0;
}
