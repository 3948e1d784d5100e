// Proves to anybody that an entry is in the log, and that the log only grew: GET /v1/audit/inclusion, /v1/audit/consistency.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Audit;
using Moderation.Data;
using Moderation.Features.Http;

namespace Moderation.Features.Audit;

public static class ProveLog
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        // Proofs are made of hashes alone, so they are for everybody who holds a checkpoint.
        routes
            .MapGet("/v1/audit/inclusion", IncludeAsync)
            .AllowAnonymous()
            .WithSummary("Proof that an entry, by its index or by the hash of an evidence entry, is in the log");
        routes
            .MapGet("/v1/audit/consistency", ConnectAsync)
            .AllowAnonymous()
            .WithSummary("Proof that the log of one size begins with the log of a smaller one");
    }

    private static async Task<Results<Ok<InclusionProof>, ProblemHttpResult>> IncludeAsync(
        ModerationDb db,
        LogTree tree,
        CancellationToken ct,
        long? index = null,
        string? leaf = null,
        long? size = null
    )
    {
        var newest = await ShowCheckpoint.NewestAsync(db, ct);
        if (newest == 0)
            return AuditRefusals.NoCheckpoint.ToProblem();
        var wanted = size ?? newest;
        if (wanted < 1 || wanted > newest)
            return AuditRefusals.BadRange.ToProblem();
        var leaves = db.AuditLeaves.AsNoTracking().Where(l => l.Index < wanted);
        if (leaf is not null)
        {
            if (index is not null || !Bytes.TryRead(leaf, 32, out var hash))
                return Problems.Of(400, "request.invalid", "Give index, or leaf: the base64url of 32 bytes.");
            leaves = leaves.Where(l => l.LeafHash == hash && l.Form == AuditLeafForm.Evidence);
        }
        else
        {
            leaves = leaves.Where(l => l.Index == index);
        }
        var found = await leaves.OrderBy(l => l.Index).Select(l => new { l.Index, l.LeafHash }).FirstOrDefaultAsync(ct);
        if (found is null)
            return AuditRefusals.NotInLog.ToProblem();
        var proof = await tree.IncludeAsync(found.Index, wanted, ct);
        return TypedResults.Ok(
            new InclusionProof(
                found.Index,
                wanted,
                Bytes.ToText(found.LeafHash),
                [.. proof.Select(h => Bytes.ToText(h))]
            )
        );
    }

    private static async Task<Results<Ok<ConsistencyProof>, ProblemHttpResult>> ConnectAsync(
        long first,
        ModerationDb db,
        LogTree tree,
        CancellationToken ct,
        long? second = null
    )
    {
        var newest = await ShowCheckpoint.NewestAsync(db, ct);
        if (newest == 0)
            return AuditRefusals.NoCheckpoint.ToProblem();
        var wanted = second ?? newest;
        if (first < 1 || first > wanted || wanted > newest)
            return AuditRefusals.BadRange.ToProblem();
        var proof = await tree.ConnectAsync(first, wanted, ct);
        return TypedResults.Ok(new ConsistencyProof(first, wanted, [.. proof.Select(h => Bytes.ToText(h))]));
    }
}
