// Takes in who is reported and why, signed by the reporting device: PUT /v1/reports/{id}/filing. From here on it is in triage.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public static class PutFiling
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/v1/reports/{id}/filing", PutAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary("File who is reported and why, as a COSE_Sign1 of the device that signed the report");

    private static async Task<Results<NoContent, ProblemHttpResult>> PutAsync(
        ReportId id,
        HttpRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var (bytes, problem) = await FilingBody.ReadAsync(request, ct);
        if (problem is not null)
            return problem;
        var refusal = await handler.HandleAsync(id, bytes, caller.Account(), ct);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Refusal?> HandleAsync(ReportId id, byte[] bytes, AccountId account, CancellationToken ct)
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            if (await ReportRows.LockAsync(db, id, account, ct) is not { } report)
                return ReportRefusals.NotFound;
            if (ReportRows.EndedAs(report.State) is { } ended)
                return ended;
            var kid = report.DeviceKid;
            var device = await db.Devices.AsNoTracking().SingleAsync(d => d.Kid == kid, ct);
            var meeting = await db.Meetings.AsNoTracking().SingleAsync(m => m.Id == report.MeetingId, ct);
            var outcome = FilingCheck.Judge(bytes, report, meeting.MeetingUuid, device);
            if (outcome.Refusal is { } refusal)
                return refusal;
            var filing = outcome.Value;
            if (report.Filing is { } stored)
                return IsSame(stored, filing) ? null : ReportRefusals.FilingAlreadySet;

            var now = clock.GetUtcNow();
            (report.Filing, report.FilingAt) = (bytes, now);
            await EnterTriage.AdmitAsync(db, report, filing.Reason, filing.Subjects, account.ToString(), now, ct);
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return null;
        }

        // The payload, not the bytes: one ECDSA signature can be changed into another valid one (evidence-bundle.md 5).
        private static bool IsSame(byte[] stored, CheckedFiling filing) =>
            CoseSign1.Parse(stored, CoseContentTypes.Filing)!.Payload.Span.SequenceEqual(filing.Envelope.Payload.Span);
    }
}
