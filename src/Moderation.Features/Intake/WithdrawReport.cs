// Lets a reporter take a report back before anybody has claimed its case: DELETE /v1/reports/{id}.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;
using Moderation.Features.Storage;

namespace Moderation.Features.Intake;

public static class WithdrawReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapDelete("/v1/reports/{id}", DeleteAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary("Withdraw one's own report and destroy its ciphertext; a repeat is harmless");

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        ReportId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var refusal = await handler.HandleAsync(id, caller.Account(), ct);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    public sealed class Handler(ModerationDb db, IBlobStore blobs, TimeProvider clock)
    {
        public async Task<Refusal?> HandleAsync(ReportId id, AccountId account, CancellationToken ct)
        {
            IReadOnlyList<byte[]> stored;
            await using (var work = await db.Database.BeginTransactionAsync(ct))
            {
                if (await ReportRows.LockAsync(db, id, account, ct) is not { } report)
                    return ReportRefusals.NotFound;
                if (report.State == ReportState.Withdrawn)
                    return null;
                // Locked alone, so that nobody claims one of them while it loses its report.
                var cases = await EndedReports.LockCasesAsync(db, id, ct);
                if (await IsInReviewAsync(cases, ct))
                    return ReportRefusals.AlreadyInReview;
                if (report.Make(ReportMove.Withdraw).Refusal is { } refusal)
                    return refusal;
                var now = clock.GetUtcNow();
                report.EndedAt = now;
                stored = await StoredSegments.ForgetAsync(db, id, ct);
                foreach (var subject in await db.ReportSubjects.Where(s => s.ReportId == id).ToListAsync(ct))
                    subject.Disposition = ReportDisposition.Withdrawn;
                await db.SaveChangesAsync(ct);
                await EndedReports.TellAsync(db, report, cases, account.ToString(), now, ct);
                var said = new ReportWithdrawn(id.ToString(), EndedReports.Names(cases));
                db.Say(ReportWithdrawn.Kind, said, now).Actor = account.ToString();
                await db.SaveChangesAsync(ct);
                await work.CommitAsync(ct);
            }
            await StoredSegments.DropAsync(db, blobs, stored, ct);
            return null;
        }

        // A claim that has ended counts too: what somebody has looked at is not unseen.
        private async Task<bool> IsInReviewAsync(IReadOnlyList<Case> cases, CancellationToken ct)
        {
            var ids = cases.Select(c => c.Id).ToList();
            return cases.Any(c => c.Status != CaseStatus.Open)
                || await db.Claims.AnyAsync(c => ids.Contains(c.CaseId), ct);
        }
    }
}
