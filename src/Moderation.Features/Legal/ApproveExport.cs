// Takes one of the two approvals of a release: POST /v1/exports/{id}:approve (case-package.md CP-21).
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

public static class ApproveExport
{
    public sealed class Validator : AbstractValidator<ExportApprovalRequest>
    {
        public Validator() => RuleFor(r => r.Approval).NotEmpty().MaximumLength(64 * 1024);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/exports/{id}:approve", PostAsync)
            .Validate<ExportApprovalRequest>()
            .RequireAuthorization(Policies.ApproveExports)
            .WithSummary("Approve a release with one's approval key; two different people must");

    private static async Task<Results<Ok<ExportShape>, ProblemHttpResult>> PostAsync(
        ExportId id,
        ExportApprovalRequest request,
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

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<ExportShape>> HandleAsync(
            ExportId id,
            ExportApprovalRequest request,
            ClaimsPrincipal caller,
            CancellationToken ct
        )
        {
            if (await ExportRows.FindAsync(db, id, caller, ct) is not { } found)
                return ExportRefusals.NotFound;
            await using var work = await db.Database.BeginTransactionAsync(ct);
            var export = await ExportRows.LockAsync(db, id, ct);
            var before = await db.ExportApprovals.Where(a => a.ExportId == id).ToListAsync(ct);
            if (await JudgeAsync(export, before, found.Case, caller.Staff(), ct) is { } refusal)
                return refusal;
            if (await ReadApprovalAsync(export, request, caller.Staff(), ct) is not { } approval)
                return ExportRefusals.ApprovalInvalid;
            var now = clock.GetUtcNow();
            if (before.Count == 1 && export.Make(ExportMove.Approve).Refusal is { } stuck)
                return stuck;
            db.ExportApprovals.Add(
                new ExportApproval
                {
                    ExportId = id,
                    StaffId = caller.Staff(),
                    Role = await db.Staff.Where(s => s.Id == caller.Staff()).Select(s => s.Role).SingleAsync(ct),
                    Approval = approval,
                    At = now,
                }
            );
            var said = db.Say(
                ExportApproved.Kind,
                new ExportApproved(id.ToString(), export.CaseId.ToString(), before.Count + 1),
                now
            );
            (said.CaseId, said.Actor) = (export.CaseId.Value, caller.Subject());
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return await ExportRows.ShapeAsync(db, export, found.Case.Reference, ct);
        }

        private async Task<Refusal?> JudgeAsync(
            Export export,
            List<ExportApproval> before,
            Case about,
            StaffId caller,
            CancellationToken ct
        )
        {
            if (export.RequestedBy == caller)
                return ExportRefusals.Requester;
            if (await db.Decisions.AnyAsync(d => d.CaseId == about.Id && d.DecidedBy == caller, ct))
                return ExportRefusals.Decider;
            if (before.Exists(a => a.StaffId == caller))
                return ExportRefusals.AlreadyApproved;
            return export.Status == ExportStatus.Planned
                ? null
                : ExportRefusals.CannotMove(export.Status, ExportMove.Approve);
        }

        private async Task<byte[]?> ReadApprovalAsync(
            Export export,
            ExportApprovalRequest request,
            StaffId caller,
            CancellationToken ct
        )
        {
            if (
                !Bytes.TryRead(request.Approval, out var bytes)
                || CoseSign1.Parse(bytes, CoseContentTypes.Grant) is not { } signed
                || !signed.Payload.Span.SequenceEqual(export.GrantTerms)
            )
                return null;
            var kid = signed.Kid;
            var row = await db
                .ApprovalKeys.AsNoTracking()
                .SingleOrDefaultAsync(
                    k => k.Kid == kid && k.StaffId == caller && k.State == ApprovalKeyState.Enrolled,
                    ct
                );
            return row is not null && CoseKey.Parse(row.CoseKey) is { } key && signed.Verify(key, CoseLabels.Grant)
                ? bytes
                : null;
        }
    }
}
