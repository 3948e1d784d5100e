// Closes an upload once every segment is stored, and signs for it: POST /v1/reports/{id}/complete.
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
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.Features.Storage;

namespace Moderation.Features.Intake;

public static class CompleteReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reports/{id}/complete", PostAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary("Close the upload and get the signed intake receipt; a repeat gives the same receipt");

    private static async Task<Results<Ok<ReportCompleted>, ProblemHttpResult>> PostAsync(
        ReportId id,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(id, caller.Account(), ct);
        return outcome.Match<Results<Ok<ReportCompleted>, ProblemHttpResult>>(
            answer =>
                answer.Receipt is { } receipt
                    ? TypedResults.Ok(new ReportCompleted(id.ToString(), "complete", Bytes.ToText(receipt)))
                    : Problems.OfEvidence(
                        EvidenceCodes.SegmentsMissing,
                        new Dictionary<string, object?> { ["missing"] = answer.Missing }
                    ),
            refusal => refusal.ToProblem()
        );
    }

    /// <summary>Either the receipt, or what is still missing.</summary>
    public sealed record Answer(byte[]? Receipt, IReadOnlyList<int> Missing);

    public sealed class Handler(
        ModerationDb db,
        IBlobStore blobs,
        ModerationKeys keys,
        IssueReceipts receipts,
        TimeProvider clock
    )
    {
        public async Task<Outcome<Answer>> HandleAsync(ReportId id, AccountId account, CancellationToken ct)
        {
            var closed = await CloseAsync(id, account, ct);
            if (closed.Refusal is not null || closed.Value is not { Receipt: null, Missing: [] })
                return closed;
            // Complete and durable; the receipt names the checkpoint that covers it, which is a second away at most.
            return await receipts.WaitAsync(id, ct) is { } receipt
                ? new Answer(receipt, [])
                : new EvidenceRefusal(EvidenceCodes.LogUnavailable).ToRefusal();
        }

        // Neither a receipt nor anything missing: closed, and its receipt is still to come.
        private async Task<Outcome<Answer>> CloseAsync(ReportId id, AccountId account, CancellationToken ct)
        {
            await using var work = await db.Database.BeginTransactionAsync(ct);
            if (await ReportRows.LockAsync(db, id, account, ct) is not { } report)
                return ReportRefusals.NotFound;
            if (report.IntakeReceipt is { } stored)
                return new Answer(stored, []);
            if (ReportRows.EndedAs(report.State) is { } ended)
                return ended;
            if (report.State == ReportState.Complete)
                return new Answer(null, []);
            await ForgetLostAsync(id, ct);
            var missing = await GetReport.MissingAsync(db, id, ct);
            if (missing.Count > 0)
            {
                await work.CommitAsync(ct);
                return new Answer(null, missing);
            }

            var now = clock.GetUtcNow();
            if (report.Make(ReportMove.Complete).Refusal is { } refusal)
                return refusal;
            report.CompletedAt = now;
            // With a log the receipt waits for a checkpoint; without one key 5 is zeros (evidence-bundle.md 16).
            if (!keys.HasLog)
                report.IntakeReceipt = IssueReceipts.Sign(report.Id, report.ContentId, now, new byte[32], keys.Receipt);
            await SayAsync(report, now, ct);
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return new Answer(report.IntakeReceipt, []);
        }

        // A receipt promises that the bytes are here, so the store is asked and not only the rows.
        private async Task ForgetLostAsync(ReportId id, CancellationToken ct)
        {
            var segments = await db.ReportSegments.Where(s => s.ReportId == id && s.StoredAt != null).ToListAsync(ct);
            foreach (var segment in segments)
                if (!await blobs.ExistsAsync(segment.CiphertextHash, ct))
                    segment.StoredAt = null;
            await db.SaveChangesAsync(ct);
        }

        private async Task SayAsync(Report report, DateTimeOffset now, CancellationToken ct)
        {
            var cases = await ReportRows.CasesAsync(db, report.Id, ct);
            var said = db.Say(
                ReportBytesComplete.Kind,
                new ReportBytesComplete(
                    report.Id.ToString(),
                    Bytes.ToText(report.ContentId),
                    [.. cases.Select(c => c.ToString())],
                    report.SegmentCount
                ),
                now
            );
            said.Actor = report.ReporterId.ToString();
            said.CaseId = cases is [var only] ? only.Value : null;
        }
    }
}
