// Takes the public half of an approval key made in a browser, and lets an administrator mark it enrolled with the vault.
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Staff;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Staff;

public static class EnrolApprovalKey
{
    public sealed class Validator : AbstractValidator<ApprovalKeyRequest>
    {
        public Validator() => RuleFor(r => r.CoseKey).NotEmpty().MaximumLength(256);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/v1/me/approval-keys", PostAsync)
            .Validate<ApprovalKeyRequest>()
            .RequireAuthorization(Policies.Staff);
        routes.MapGet("/v1/me/approval-keys", ListMineAsync).RequireAuthorization(Policies.Staff);
        routes.MapGet("/v1/approval-keys", ListPendingAsync).RequireAuthorization(Policies.Admin);
        routes.MapPost("/v1/approval-keys/{kid}:enrolled", MarkEnrolledAsync).RequireAuthorization(Policies.Admin);
    }

    private static async Task<Results<Ok<ApprovalKeyShape>, ProblemHttpResult>> PostAsync(
        ApprovalKeyRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(request, caller.Staff(), ct);
        return outcome.Match<Results<Ok<ApprovalKeyShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    private static async Task<Ok<List<ApprovalKeyShape>>> ListMineAsync(
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    )
    {
        var id = caller.Staff();
        return TypedResults.Ok(await ReadAsync(db, k => k.StaffId == id, ct));
    }

    private static async Task<Ok<List<ApprovalKeyShape>>> ListPendingAsync(ModerationDb db, CancellationToken ct) =>
        TypedResults.Ok(await ReadAsync(db, k => k.State == ApprovalKeyState.Pending, ct));

    private static async Task<Results<NoContent, ProblemHttpResult>> MarkEnrolledAsync(
        string kid,
        ClaimsPrincipal caller,
        ModerationDb db,
        TimeProvider clock,
        CancellationToken ct
    )
    {
        if (!Bytes.TryRead(kid, 32, out var bytes))
            return StaffRefusals.KeyNotFound.ToProblem();
        var key = await db.ApprovalKeys.SingleOrDefaultAsync(k => k.Kid == bytes, ct);
        if (key is null)
            return StaffRefusals.KeyNotFound.ToProblem();
        key.State = ApprovalKeyState.Enrolled;
        var said = db.Say("staff.key-enrolled", new { staff_id = key.StaffId.ToString(), kid }, clock.GetUtcNow());
        said.Actor = caller.Subject();
        await db.SaveChangesAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<List<ApprovalKeyShape>> ReadAsync(
        ModerationDb db,
        System.Linq.Expressions.Expression<Func<ApprovalKey, bool>> which,
        CancellationToken ct
    )
    {
        var rows = await db
            .ApprovalKeys.AsNoTracking()
            .Where(which)
            .Join(db.Staff, k => k.StaffId, s => s.Id, (k, s) => new { Key = k, s.Role })
            .OrderBy(row => row.Key.CreatedAt)
            .ToListAsync(ct);
        return [.. rows.Select(row => ShapeOf(row.Key, row.Role))];
    }

    private static ApprovalKeyShape ShapeOf(ApprovalKey key, StaffRole role) =>
        new(
            Bytes.ToText(key.Kid),
            key.StaffId.ToString(),
            CredentialAuthentication.RoleName(role),
            Bytes.ToText(key.CoseKey),
            key.State.ToString().ToLowerInvariant()
        );

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<ApprovalKeyShape>> HandleAsync(
            ApprovalKeyRequest request,
            StaffId staff,
            CancellationToken ct
        )
        {
            if (!Bytes.TryRead(request.CoseKey, out var encoded) || CoseKey.Parse(encoded) is not { } parsed)
                return StaffRefusals.KeyInvalid;
            var member = await db.Staff.AsNoTracking().SingleAsync(s => s.Id == staff, ct);
            var now = clock.GetUtcNow();
            var kid = parsed.Kid.ToArray();
            db.ApprovalKeys.Add(
                new ApprovalKey
                {
                    Kid = kid,
                    StaffId = staff,
                    CoseKey = encoded,
                    CreatedAt = now,
                }
            );
            db.Say("staff.key-offered", new { staff_id = staff.ToString(), kid = Bytes.ToText(kid) }, now).Actor =
                staff.ToString();
            await db.TrySaveAsync(ct);
            // The kid is the key's hash, so whoever offered it first holds it; somebody else's key stays theirs.
            var stored = await db.ApprovalKeys.AsNoTracking().SingleAsync(k => k.Kid == kid, ct);
            return stored.StaffId == staff ? ShapeOf(stored, member.Role) : StaffRefusals.KeyInvalid;
        }
    }
}
