// A senior opens a closed case again, with a reason and while its evidence is there: POST /v1/cases/{id}:reopen.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Features.Http;

namespace Moderation.Features.Triage;

public static class ReopenCase
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/cases/{id}:reopen", PostAsync)
            .Validate<ReversalRequest>()
            .RequireAuthorization(Policies.Decide)
            .WithSummary(
                "Open a closed case again; its decision stands until another takes its place or it is reversed"
            );

    private static async Task<Results<Ok<CaseRow>, ProblemHttpResult>> PostAsync(
        CaseId id,
        ReversalRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, request, Viewer.Of(caller), ct);
        return outcome.Match<Results<Ok<CaseRow>, ProblemHttpResult>>(
            row => TypedResults.Ok(row),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db)
    {
        public async Task<Outcome<CaseRow>> HandleAsync(
            CaseId id,
            ReversalRequest request,
            Viewer me,
            CancellationToken ct
        )
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await CaseLocks.TakeAsync(db, id, me, ct) is not { } about)
                return CaseRefusals.NotFound;
            var gone = await db.ReportSubjects.AnyAsync(
                s =>
                    s.CaseId == id
                    && db.Reports.Any(r => r.Id == s.ReportId && r.State == ReportState.EvidenceDestroyed),
                ct
            );
            var facts = gone ? CaseFact.None : CaseFact.WithinRetention;
            if (me.Senior)
                facts |= CaseFact.BySenior;
            if (!string.IsNullOrWhiteSpace(request.Reason))
                facts |= CaseFact.ReasonGiven;
            if (about.Make(CaseMove.Reopen, facts).Refusal is { } refusal)
                return refusal;
            var now = await db.NowAsync(ct);
            about.ClosedAt = null;
            foreach (var review in await db.Reviews.Where(r => r.CaseId == id).ToListAsync(ct))
            {
                if (review.State is ReviewState.Waiting or ReviewState.InProgress)
                    review.Make(ReviewMove.Void, ReviewFact.None, now);
            }
            await CaseIntake.RankAsync(db, about, ct);
            var line = db.Say(CaseReopened.Kind, new CaseReopened(id.ToString(), request.Reason!), now);
            (line.CaseId, line.Actor) = (id.Value, me.Id.ToString());
            // The subject may have an open case by now; the index says so.
            if (!await db.TrySaveAsync(ct))
                return CaseRefusals.OtherOpen;
            await transaction.CommitAsync(ct);
            return (await CaseRows.ReadAsync(db, [about], me, ct))[0];
        }
    }
}
