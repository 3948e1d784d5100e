// Finds exports that the caller may see, locks them for a change, and shapes them for an answer.
using System.Security.Claims;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Legal;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;
using Moderation.Features.Http;

namespace Moderation.Features.Legal;

internal static class ExportRows
{
    /// <summary>The case, or null when it is not there or in a lane that does not exist for the caller.</summary>
    public static Task<Case?> CaseAsync(ModerationDb db, CaseId id, ClaimsPrincipal caller, CancellationToken ct)
    {
        var all = caller.MaySeeChildSafety();
        return db.Cases.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id && (all || c.Lane != Lane.ChildSafety), ct);
    }

    public static async Task<(Export Export, Case Case)?> FindAsync(
        ModerationDb db,
        ExportId id,
        ClaimsPrincipal caller,
        CancellationToken ct
    )
    {
        if (await db.Exports.AsNoTracking().SingleOrDefaultAsync(e => e.Id == id, ct) is not { } export)
            return null;
        return await CaseAsync(db, export.CaseId, caller, ct) is { } about ? (export, about) : null;
    }

    /// <summary>The export with its newest values, locked until the transaction ends.</summary>
    public static async Task<Export> LockAsync(ModerationDb db, ExportId id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        var rows = await db
            .Exports.FromSql($"select *, xmin from exports where id = {id.Value} for update")
            .AsTracking()
            .ToListAsync(ct);
        return rows.Single();
    }

    public static async Task<ExportShape> ShapeAsync(
        ModerationDb db,
        Export export,
        string reference,
        CancellationToken ct
    )
    {
        var approvals = await db
            .ExportApprovals.AsNoTracking()
            .Where(a => a.ExportId == export.Id)
            .OrderBy(a => a.At)
            .Join(
                db.Staff,
                a => a.StaffId,
                s => s.Id,
                (a, s) =>
                    new
                    {
                        s.Pseudonym,
                        a.Role,
                        a.At,
                    }
            )
            .ToListAsync(ct);
        var requester = await db.Staff.Where(s => s.Id == export.RequestedBy).Select(s => s.Pseudonym).SingleAsync(ct);
        var package = export.PackageName(reference);
        return new ExportShape(
            export.Id.ToString(),
            export.CaseId.ToString(),
            reference,
            package,
            export.Status.ToString().ToLowerInvariant(),
            export.ReportId.ToString(),
            export.Segments,
            export.ProcessId,
            ReadProcess(export),
            JsonDocument.Parse(export.Plan).RootElement,
            CustodyLine.LinkOf(export.Plan),
            Bytes.ToText(export.Recipient),
            Bytes.ToText(export.GrantTerms),
            requester,
            export.RequestedAt,
            [
                .. approvals
                    .OrderBy(a => a.At)
                    .Select(a => new ExportApprovalShape(a.Pseudonym, a.Role.ToString().ToLowerInvariant(), a.At)),
            ],
            export.PublishedAt,
            export.PublishedAt is null
                ? null
                : new PackageShape($"{package}.tar", export.ArchiveBytes ?? 0, export.ArchiveSha256 ?? ""),
            export.Failure
        );
    }

    public static LegalProcessRequest ReadProcess(Export export) =>
        JsonSerializer.Deserialize<LegalProcessRequest>(export.Process, ModerationDb.Json)
        ?? throw new InvalidDataException("An export has no legal process.");
}
