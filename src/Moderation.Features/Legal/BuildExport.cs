// Makes the package of an approved release, or nothing at all: POST /v1/exports/{id}:build (case-package.md 15).
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Opening;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Features.Http;
using Moderation.Features.Opening;

namespace Moderation.Features.Legal;

public static class BuildExport
{
    public sealed class Validator : AbstractValidator<ExportBuildRequest>
    {
        public Validator() => RuleFor(r => r.KeyRequest).NotEmpty().MaximumLength(64 * 1024);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/exports/{id}:build", PostAsync)
            .Validate<ExportBuildRequest>()
            .RequireAuthorization(Policies.Liaison)
            .WithSummary(
                "Have the vault disclose to the authority's key, and make, check, sign and publish the package"
            );

    private static async Task<Results<Ok<ExportShape>, ProblemHttpResult>> PostAsync(
        ExportId id,
        ExportBuildRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, request, caller, ct);
        return outcome.Match<Results<Ok<ExportShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(
        ModerationDb db,
        CustodyBook book,
        VaultFacts facts,
        VaultClient vault,
        PackageWorkshop workshop,
        ExportFailures failures,
        TimeProvider clock,
        ILogger<Handler> log
    )
    {
        public async Task<Outcome<ExportShape>> HandleAsync(
            ExportId id,
            ExportBuildRequest request,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            if (await ExportRows.FindAsync(db, id, caller, ct) is not { } found)
                return ExportRefusals.NotFound;
            if (found.Export.RequestedBy != caller.Staff())
                return ExportRefusals.NotRequester;
            if (await JudgeRequestAsync(found.Export, request, caller.Staff(), ct) is { } refusal)
                return refusal;
            // Staging is committed first: a process that dies here leaves a row that says so, and the next start cleans up.
            if (await StageAsync(id, ct) is { } stuck)
                return stuck;
            await book.CatchUpAsync(found.Case.Id, ct);
            try
            {
                var outcome = await MakeAsync(id, found.Case, request, caller, ct);
                if (outcome.Refusal is { } no)
                    await StandBackAsync(id, found.Case, no, caller);
                return outcome;
            }
            // Every failure ends the same way, whatever it was (CP-34); also a request that was cancelled.
            catch (Exception fault)
            {
                var code = fault is PackageFaultException known ? known.Code : fault.GetType().Name;
                log.LogError("An export failed with {Code}; nothing was published.", code);
                await failures.FailAsync(id, code, CancellationToken.None);
                return ExportRefusals.Failed(code);
            }
        }

        private async Task<Refusal?> JudgeRequestAsync(
            Export export,
            ExportBuildRequest body,
            StaffId caller,
            CancellationToken ct
        )
        {
            if (
                !Bytes.TryRead(body.KeyRequest, out var bytes) || !KeyRequest.Parse(bytes).Holds(out var request, out _)
            )
                return new EvidenceRefusal(EvidenceCodes.RequestMalformed).ToRefusal();
            var kid = request.Envelope.Kid;
            var row = await db
                .ApprovalKeys.AsNoTracking()
                .SingleOrDefaultAsync(
                    k => k.Kid == kid && k.StaffId == caller && k.State == ApprovalKeyState.Enrolled,
                    ct
                );
            var terms = GrantTerms.Parse(export.GrantTerms)!;
            var refusal =
                request.CheckSignature(terms, _ => row is null ? null : CoseKey.Parse(row.CoseKey))
                ?? request.CheckScope(terms, forDisclosure: true);
            if (refusal is not null)
                return refusal.ToRefusal();
            // The grant does not name the recipient; the plan that two people approved does.
            return
                request.Request.Recipient.AsSpan().SequenceEqual(export.Recipient)
                && request.Request.Indices.SequenceEqual(terms.Indices)
                ? null
                : ExportRefusals.RequestMismatch;
        }

        private async Task<Refusal?> StageAsync(ExportId id, CancellationToken ct)
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            var export = await ExportRows.LockAsync(db, id, ct);
            var now = clock.GetUtcNow();
            var oldest = await db.ExportApprovals.Where(a => a.ExportId == id).MinAsync(a => (DateTimeOffset?)a.At, ct);
            if (export.Make(ExportMove.Stage).Refusal is { } stuck)
                return stuck;
            var grantEnds = DateTimeOffset.FromUnixTimeMilliseconds(
                (long)GrantTerms.Parse(export.GrantTerms)!.NotAfterMs
            );
            if (now - oldest > Export.ApprovalLife || now > grantEnds)
                return ExportRefusals.ApprovalsStale;
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return null;
        }

        private async Task<Outcome<ExportShape>> MakeAsync(
            ExportId id,
            Case about,
            ExportBuildRequest body,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            // The lock on the case keeps its custody record still until this package's own line is in it (CP-37).
            await book.LockAsync(about.Id, ct);
            var export = await ExportRows.LockAsync(db, id, ct);
            if (export.Status != ExportStatus.Staging)
                return ExportRefusals.CannotMove(export.Status, ExportMove.Publish);
            var approvals = await db
                .ExportApprovals.AsNoTracking()
                .Where(a => a.ExportId == id)
                .OrderBy(a => a.At)
                .ToListAsync(ct);
            var answer = await AskVaultAsync(export, approvals, Decode(body.KeyRequest), ct);
            if (answer.Kind != VaultAnswerKind.Done)
                return new EvidenceRefusal(answer.Code).ToRefusal();

            var made = await workshop.MakeAsync(export, about, approvals, answer.SignedObjects[0], ct);
            var now = clock.GetUtcNow();
            if (export.Make(ExportMove.Publish).Refusal is { } stuck)
                return stuck;
            (export.PublishedAt, export.ArchiveBytes, export.ArchiveSha256) = (now, made.Bytes, made.Sha256);
            var said = db.Say(
                ExportPublished.Kind,
                new ExportPublished(
                    id.ToString(),
                    about.Id.ToString(),
                    $"{export.PackageName(about.Reference)}.tar",
                    made.Bytes,
                    made.Sha256,
                    made.CustodyHead
                ),
                now
            );
            (said.CaseId, said.Actor) = (about.Id.Value, caller.Subject());
            await db.SaveChangesAsync(ct);
            // The rename first: a row that says published must never stand before its package.
            workshop.Publish(export, about);
            await work.CommitAsync(CancellationToken.None);
            workshop.Tidy(export);
            return await ExportRows.ShapeAsync(db, export, about.Reference, CancellationToken.None);
        }

        private async Task<VaultAnswer> AskVaultAsync(
            Export export,
            List<ExportApproval> approvals,
            byte[] keyRequest,
            CancellationToken ct
        )
        {
            var report = await db.Reports.AsNoTracking().SingleAsync(r => r.Id == export.ReportId, ct);
            var body = new KeyReleaseBody(Grant.Assemble([.. approvals.Select(a => a.Approval)]), keyRequest);
            uint[] indices = [.. export.Segments.Select(s => (uint)s)];
            var opening = await facts.AssertAsync(report, body, export.CaseId, indices, ct) with
            {
                Kind = VaultRequestKind.Disclose,
            };
            return await vault.OpenAsync(opening, facts.SegmentsOf(report.Id), ct);
        }

        private static byte[] Decode(string text) => Bytes.TryRead(text, out var bytes) ? bytes : [];

        // Nothing was written and the approvals stand: the liaison may ask again with a fresh key request.
        private async Task StandBackAsync(ExportId id, Case about, Refusal refusal, ClaimsPrincipal caller)
        {
            await using var work = await db.Database.BeginTransactionAsync(CancellationToken.None);
            var export = await ExportRows.LockAsync(db, id, CancellationToken.None);
            export.Make(ExportMove.StandBack);
            var said = db.Say(
                OpeningRefused.Kind,
                new OpeningRefused(export.ReportId.ToString(), about.Id.ToString(), refusal.Code),
                clock.GetUtcNow()
            );
            (said.CaseId, said.Actor) = (about.Id.Value, caller.Subject());
            await db.SaveChangesAsync(CancellationToken.None);
            await work.CommitAsync(CancellationToken.None);
        }
    }
}
