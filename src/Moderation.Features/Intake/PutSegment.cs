// Takes in one sealed segment, hashed while it is stored: PUT /v1/reports/{id}/segments/{index}.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.Features.Storage;

namespace Moderation.Features.Intake;

public static class PutSegment
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/v1/reports/{id}/segments/{index:int}", PutAsync)
            // The descriptor is stricter; this only lets the largest segment of evidence-bundle.md 15 through.
            .WithMetadata(new RequestSizeLimitAttribute(EvidenceLimits.SegmentPlaintext + (64 * 1024)))
            .WithMetadata(new BulkTraffic())
            .RequireAuthorization(Policies.Host)
            .WithSummary("Upload one sealed segment; any order, any number at once, a repeat is harmless");

    private static async Task<Results<NoContent, ProblemHttpResult>> PutAsync(
        ReportId id,
        int index,
        HttpRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var upload = new Upload(request.ContentLength, request.Body);
        var refusal = await handler.HandleAsync(id, index, upload, caller.Account(), ct);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    public sealed record Upload(long? Length, Stream Body);

    public sealed class Handler(ModerationDb db, IBlobStore blobs, TimeProvider clock)
    {
        public async Task<Refusal?> HandleAsync(
            ReportId id,
            int index,
            Upload upload,
            AccountId account,
            CancellationToken ct
        )
        {
            var report = await db
                .Reports.Where(r => r.Id == id && r.ReporterId == account)
                .Select(r => new { r.State, r.SegmentCount })
                .SingleOrDefaultAsync(ct);
            if (report is null)
                return ReportRefusals.NotFound;
            if (index < 0 || index >= report.SegmentCount)
                return Refuse(EvidenceCodes.SegmentIndex);
            if (ReportRows.EndedAs(report.State) is { } ended)
                return ended;
            var segment = await db
                .ReportSegments.AsNoTracking()
                .SingleAsync(s => s.ReportId == id && s.Index == index, ct);
            if (segment.StoredAt is not null)
                return null;
            if (upload.Length != segment.CiphertextLength)
                return Refuse(EvidenceCodes.SegmentLength);

            try
            {
                if (!await blobs.StoreAsync(segment.CiphertextHash, segment.CiphertextLength, upload.Body, ct))
                    return Refuse(EvidenceCodes.SegmentHash);
            }
            catch (BlobStoreFullException)
            {
                return StorageRefusals.Full;
            }
            return await NoteAsync(segment, ct);
        }

        private async Task<Refusal?> NoteAsync(ReportSegment segment, CancellationToken ct)
        {
            var now = clock.GetUtcNow();
            await using var work = await db.Database.BeginTransactionAsync(ct);
            // Shared among uploads, and in the way of expiry: nothing is stored into a report that is ending.
            var states = await db
                .Database.SqlQuery<string>(
                    $"""select state as "Value" from reports where id = {segment.ReportId.Value} for share"""
                )
                .ToListAsync(ct);
            if (ReportRows.EndedAs(Enum.Parse<ReportState>(states.Single())) is { } ended)
                return ended;
            await BlobLock.TakeAsync(db, segment.CiphertextHash, ct);
            // Deleted since it was stored, when no row named it yet; from here on one does.
            if (!await blobs.ExistsAsync(segment.CiphertextHash, ct))
                return StorageRefusals.Crossed;
            await db
                .ReportSegments.Where(s =>
                    s.ReportId == segment.ReportId && s.Index == segment.Index && s.StoredAt == null
                )
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.StoredAt, (DateTimeOffset?)now), ct);
            await work.CommitAsync(ct);
            return null;
        }

        private static Refusal Refuse(string code) => new EvidenceRefusal(code).ToRefusal();
    }
}
