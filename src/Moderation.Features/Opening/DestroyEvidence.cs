// Destroys one report's evidence on the word of two custodians: POST /v1/reports/{id}:destroy-evidence (evidence-bundle.md 18).
using System.Security.Claims;
using System.Security.Cryptography;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Opening;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Legal;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Features.Http;
using Moderation.Features.Storage;

namespace Moderation.Features.Opening;

public static class DestroyEvidence
{
    public sealed class Validator : AbstractValidator<DestructionRequest>
    {
        public Validator() => RuleFor(r => r.Reason).NotEmpty().MaximumLength(512);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/reports/{id}:destroy-evidence", PostAsync)
            .Validate<DestructionRequest>()
            .RequireAuthorization(Policies.Custodian)
            .WithSummary(
                "Ask for the destruction of a report's evidence, or carry out what a second custodian asked for"
            );
        routes
            .MapGet("/v1/reports/{id}/destruction", GetAsync)
            .RequireAuthorization(Policies.Custodian)
            .WithSummary("What has become of a report's evidence, with the certificate");
    }

    private static async Task<Results<Ok<DestructionShape>, ProblemHttpResult>> PostAsync(
        ReportId id,
        DestructionRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, request.Reason, caller, ct);
        return outcome.Match<Results<Ok<DestructionShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    private static async Task<Results<Ok<DestructionShape>, ProblemHttpResult>> GetAsync(
        ReportId id,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var found = await db
            .EvidenceDestructions.AsNoTracking()
            .Where(d => d.ReportId == id)
            .Join(db.Reports, d => d.ReportId, r => r.Id, (d, r) => new { Destruction = d, r.ContentId })
            .SingleOrDefaultAsync(ct);
        return found is null
            ? ReportRefusals.NotFound.ToProblem()
            : TypedResults.Ok(ShapeOf(found.Destruction, found.ContentId));
    }

    public sealed class Handler(
        ModerationDb db,
        VaultClient vault,
        IBlobStore blobs,
        TombstoneLog stones,
        TimeProvider clock
    )
    {
        /// <summary>Safe to repeat: what a kill left undone, the next call finishes.</summary>
        public async Task<Outcome<DestructionShape>> HandleAsync(
            ReportId id,
            string reason,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            var rows = await db
                .Reports.FromSql($"select *, xmin from reports where id = {id.Value} for update")
                .AsTracking()
                .ToListAsync(ct);
            if (rows is not [var report])
                return ReportRefusals.NotFound;
            if (await JudgeAsync(report, ct) is { } stuck)
                return stuck;
            var asked = await db.EvidenceDestructions.SingleOrDefaultAsync(d => d.ReportId == id, ct);
            if (asked is null)
            {
                asked = Ask(report, reason, caller);
                await db.SaveChangesAsync(ct);
                await work.CommitAsync(ct);
                return ShapeOf(asked, report.ContentId);
            }
            if (asked.DestroyedAt is null)
            {
                if (asked.AskedBy == caller.Staff())
                    return ReportRefusals.DestructionNeedsSecond;
                if (await CarryAsync(report, asked, caller, ct) is { } refusal)
                    return refusal;
                await db.SaveChangesAsync(ct);
                await work.CommitAsync(CancellationToken.None);
            }
            else
            {
                await work.RollbackAsync(ct);
            }
            // After the commit: a kill in between leaves a blob without a row, which nothing opens and a repeat removes.
            await DropBlobsAsync(id, CancellationToken.None);
            return ShapeOf(asked, report.ContentId);
        }

        // A release under way needs what it is about; holds and retention come on top (legal-clocks.md LC-6).
        private async Task<Refusal?> JudgeAsync(Report report, CancellationToken ct)
        {
            var isWanted = await db.Exports.AnyAsync(
                e =>
                    e.ReportId == report.Id
                    && (
                        e.Status == ExportStatus.Planned
                        || e.Status == ExportStatus.Approved
                        || e.Status == ExportStatus.Staging
                    ),
                ct
            );
            if (isWanted)
                return ReportRefusals.ExportOpen;
            if (report.State == ReportState.EvidenceDestroyed)
                return null;
            // Until this transaction ends no hold comes in between (LC-7).
            await DeletionGate.EnterAsync(db, ct);
            var verdicts = await DeletionGate.JudgeAsync(db, [report.Id], clock.GetUtcNow(), ct);
            return verdicts.Single().Blockers.Any(b => b.StartsWith("hold:", StringComparison.Ordinal))
                ? HoldRefusals.Held
                : null;
        }

        private EvidenceDestruction Ask(Report report, string reason, ClaimsPrincipal caller)
        {
            var now = clock.GetUtcNow();
            var asked = new EvidenceDestruction
            {
                ReportId = report.Id,
                Reason = reason,
                AskedBy = caller.Staff(),
                AskedAt = now,
            };
            db.EvidenceDestructions.Add(asked);
            var said = db.Say(DestructionAsked.Kind, new DestructionAsked(report.Id.ToString()), now);
            said.Actor = caller.Subject();
            return asked;
        }

        private async Task<Refusal?> CarryAsync(
            Report report,
            EvidenceDestruction asked,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            // The vault first: from its tombstone on nothing opens, whatever happens to the rest.
            var answer = await vault.DestroyAsync(
                new VaultDestruction(report.ContentId, asked.Reason, [asked.AskedBy.ToString(), caller.Subject()]),
                ct
            );
            if (answer.Kind != VaultAnswerKind.Done)
                return new EvidenceRefusal(answer.Code).ToRefusal();
            if (report.Make(ReportMove.DestroyEvidence).Refusal is { } refusal)
                return refusal;
            var now = clock.GetUtcNow();
            var certificate = answer.SignedObjects[0];
            // Before the commit: from here on a restored backup does not bring it back.
            await stones.AddAsync(new Tombstone(report.ContentId, now, asked.Reason, certificate), ct);
            report.HeadPart = []; // the signed manifest holds both wraps
            (asked.ApprovedBy, asked.DestroyedAt, asked.Certificate) = (caller.Staff(), now, certificate);
            await db
                .ReportSegments.Where(s => s.ReportId == report.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.StoredAt, (DateTimeOffset?)null), ct);
            var said = db.Say(
                EvidenceDestroyed.Kind,
                new EvidenceDestroyed(
                    report.Id.ToString(),
                    Bytes.ToText(report.ContentId),
                    Convert.ToHexStringLower(SHA256.HashData(certificate))
                ),
                now
            );
            said.Actor = caller.Subject();
            var cases = await SealedReports.CasesOf(db, report.Id).Select(c => c.Id).Distinct().ToListAsync(ct);
            said.CaseId = cases is [var only] ? only.Value : null;
            return null;
        }

        private async Task DropBlobsAsync(ReportId id, CancellationToken ct)
        {
            var hashes = await db
                .ReportSegments.AsNoTracking()
                .Where(s => s.ReportId == id)
                .Select(s => s.CiphertextHash)
                .ToListAsync(ct);
            foreach (var hash in hashes)
            {
                await using var work = await db.Database.BeginTransactionAsync(ct);
                await BlobLock.TakeAsync(db, hash, ct);
                if (!await db.ReportSegments.AnyAsync(s => s.CiphertextHash == hash && s.StoredAt != null, ct))
                    await blobs.DeleteAsync(hash, ct);
                await work.CommitAsync(ct);
            }
        }
    }

    private static DestructionShape ShapeOf(EvidenceDestruction destruction, byte[] contentId) =>
        new(
            destruction.ReportId.ToString(),
            Bytes.ToText(contentId),
            destruction.DestroyedAt is null ? "asked" : "destroyed",
            destruction.Reason,
            destruction.AskedAt,
            destruction.DestroyedAt,
            destruction.Certificate is { } certificate ? Bytes.ToText(certificate) : null
        );
}
