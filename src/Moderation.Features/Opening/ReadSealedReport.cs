// Hands out the sealed parts of a report to staff: manifest, descriptors, receipts and ciphertext, none of which needs a key to be safe.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.Features.Storage;

namespace Moderation.Features.Opening;

/// <summary>The browser trusts none of these and checks all of them (evidence-bundle.md 20.3). No claim is needed: the
/// key release is the audited opening, and prefetching ciphertext is harmless (triage.md 14).</summary>
public static class ReadSealedReport
{
    private const string Cose = "application/cose";
    private const string Cbor = "application/cbor";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var reports = routes
            .MapGroup("/v1/reports/{id}")
            .WithMetadata(new BulkTraffic())
            .RequireAuthorization(Policies.Decide);
        reports.MapGet("/manifest", ManifestAsync).WithSummary("The signed manifest as it was received");
        reports
            .MapGet("/table", TableAsync)
            .WithSummary("All rows of the table as they were received, in one CBOR array");
        reports.MapGet("/segments/{index:int}/descriptor", DescriptorAsync).WithSummary("One row of the table");
        reports.MapGet("/segments/{index:int}", SegmentAsync).WithSummary("One sealed segment");
        reports.MapGet("/receipts/{index:int}", ReceiptAsync).WithSummary("One relay receipt");
    }

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> ManifestAsync(
        ReportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    ) => PartAsync(id, caller, db, Cose, head => head.Manifest, ct);

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> TableAsync(
        ReportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    ) => PartAsync(id, caller, db, Cbor, head => head.Table, ct);

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> DescriptorAsync(
        ReportId id,
        int index,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    ) => PartAsync(id, caller, db, Cbor, head => At(head.ReadRows(), index), ct);

    private static Task<Results<FileContentHttpResult, ProblemHttpResult>> ReceiptAsync(
        ReportId id,
        int index,
        ClaimsPrincipal caller,
        ModerationDb db,
        CancellationToken ct
    ) => PartAsync(id, caller, db, Cose, head => At(head.ReadReceipts(), index), ct);

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> SegmentAsync(
        ReportId id,
        int index,
        ClaimsPrincipal caller,
        ModerationDb db,
        IBlobStore blobs,
        BlobAlarm alarm,
        CancellationToken ct
    )
    {
        var states = await SealedReports
            .VisibleTo(db, caller)
            .Where(r => r.Id == id)
            .Select(r => r.State)
            .ToListAsync(ct);
        if (states is not [var state])
            return ReportRefusals.NotFound.ToProblem();
        if (state == ReportState.EvidenceDestroyed)
            return ReportRefusals.EvidenceDestroyed.ToProblem();
        var segment = await db
            .ReportSegments.AsNoTracking()
            .SingleOrDefaultAsync(s => s.ReportId == id && s.Index == index, ct);
        if (segment is null)
            return NoSuchIndex.ToProblem();
        if (segment.StoredAt is null)
            return ReportRefusals.NotComplete.ToProblem();
        try
        {
            var bytes = await blobs.OpenReadAsync(segment.CiphertextHash, ct);
            return TypedResults.Stream(bytes, "application/octet-stream");
        }
        catch (BlobMissingException)
        {
            await alarm.RaiseAsync(segment.CiphertextHash, BlobProblem.Missing, ct);
            return StorageRefusals.SegmentMissing.ToProblem();
        }
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> PartAsync(
        ReportId id,
        ClaimsPrincipal caller,
        ModerationDb db,
        string type,
        Func<BundleHead, ReadOnlyMemory<byte>?> part,
        CancellationToken ct
    )
    {
        var found = await SealedReports
            .VisibleTo(db, caller)
            .Where(r => r.Id == id)
            .Select(r => new { r.HeadPart, r.State })
            .SingleOrDefaultAsync(ct);
        if (found?.State == ReportState.EvidenceDestroyed)
            return ReportRefusals.EvidenceDestroyed.ToProblem();
        // A report without a bundle has no parts.
        if (found is null or { HeadPart: [] })
            return ReportRefusals.NotFound.ToProblem();
        return part(Read(found.HeadPart)) is { } bytes ? TypedResults.Bytes(bytes, type) : NoSuchIndex.ToProblem();
    }

    private static Refusal NoSuchIndex { get; } = new EvidenceRefusal(EvidenceCodes.SegmentIndex).ToRefusal();

    private static ReadOnlyMemory<byte>? At(IReadOnlyList<ReadOnlyMemory<byte>>? items, int index)
    {
        if (items is not null && index >= 0 && index < items.Count)
            return items[index];
        // Not in one expression with the above: null would become an empty memory there.
        return null;
    }

    // It was judged when it came in; one that is broken now was changed in the database.
    internal static BundleHead Read(byte[] head) =>
        BundleHead.ParseExact(head).Holds(out var parsed, out var refusal)
            ? parsed
            : throw new InvalidDataException($"A stored head part is broken: {refusal.Code}.");
}
