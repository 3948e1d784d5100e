// Locks a host's own report, and says why an ended one takes nothing more.
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

internal static class ReportRows
{
    /// <summary>The caller's own report, locked until the transaction ends; null when there is none of that id.</summary>
    public static async Task<Report?> LockAsync(ModerationDb db, ReportId id, AccountId account, CancellationToken ct)
    {
        var rows = await db
            .Reports.FromSql(
                $"select *, xmin from reports where id = {id.Value} and reporter_id = {account.Value} for update"
            )
            .AsTracking()
            .ToListAsync(ct);
        return rows.SingleOrDefault();
    }

    /// <summary>The refusal of a report that takes nothing more, or null.</summary>
    public static Refusal? EndedAs(ReportState state) =>
        state switch
        {
            ReportState.Uploading or ReportState.Complete => null,
            ReportState.Expired => new EvidenceRefusal(EvidenceCodes.UploadExpired).ToRefusal(),
            _ => ReportRefusals.CannotMove(state, ReportMove.Complete),
        };

    public static Task<List<CaseId>> CasesAsync(ModerationDb db, ReportId id, CancellationToken ct) =>
        db.ReportSubjects.Where(s => s.ReportId == id).Select(s => s.CaseId).Distinct().ToListAsync(ct);
}
