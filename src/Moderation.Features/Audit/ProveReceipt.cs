// Gives a host what its intake receipt can be checked with: GET /v1/reports/{id}/receipt-proof.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Audit;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Audit;

public static class ProveReceipt
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/reports/{id}/receipt-proof", GetAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary(
                "The checkpoint that one's own intake receipt names, and the proof that the acceptance is in it"
            );

    private static async Task<Results<Ok<AcceptanceProof>, ProblemHttpResult>> GetAsync(
        ReportId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, caller.Account(), ct);
        return outcome.Match<Results<Ok<AcceptanceProof>, ProblemHttpResult>>(
            proof => TypedResults.Ok(proof),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, LogTree tree)
    {
        public async Task<Outcome<AcceptanceProof>> HandleAsync(ReportId id, AccountId account, CancellationToken ct)
        {
            var report = await db
                .Reports.AsNoTracking()
                .Where(r => r.Id == id && r.ReporterId == account)
                .Select(r => new { r.IntakeReceipt })
                .SingleOrDefaultAsync(ct);
            // Somebody else's report looks like none.
            if (report is null)
                return ReportRefusals.NotFound;
            if (report.IntakeReceipt is not { } signed || IntakeReceipt.Read(signed) is not { } receipt)
                return AuditRefusals.NoReceipt;
            var (name, leaf) = (
                receipt.LogCheckpoint,
                AuditEntry.Accepted(receipt.ContentId, receipt.CompletedMs).LeafHash()
            );
            var checkpoint = await db.AuditCheckpoints.AsNoTracking().SingleOrDefaultAsync(c => c.BodyHash == name, ct);
            if (checkpoint is null)
                return AuditRefusals.NoReceipt;
            var index = await db
                .AuditLeaves.Where(l => l.LeafHash == leaf && l.Form == AuditLeafForm.Evidence)
                .OrderBy(l => l.Index)
                .Select(l => (long?)l.Index)
                .FirstOrDefaultAsync(ct);
            if (index is not { } at || at >= checkpoint.Size)
                return AuditRefusals.NotInLog;
            var proof = await tree.IncludeAsync(at, checkpoint.Size, ct);
            return new AcceptanceProof(
                Bytes.ToText(signed),
                await ShowCheckpoint.NoteAsync(db, checkpoint, ct),
                at,
                [.. proof.Select(h => Bytes.ToText(h))]
            );
        }
    }
}
