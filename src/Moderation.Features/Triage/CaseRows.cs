// Reads the rows of a queue: cases with their subject, evidence state, risk band and claim, a fixed number of queries a page.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;

namespace Moderation.Features.Triage;

internal static class CaseRows
{
    private sealed record Evidence(
        CaseId Case,
        ReportState State,
        MeetingId Meeting,
        int Declared,
        int Stored,
        bool Damaged
    );

    public static async Task<IReadOnlyList<CaseRow>> ReadAsync(
        ModerationDb db,
        IReadOnlyList<Case> cases,
        Viewer viewer,
        CancellationToken ct
    )
    {
        var ids = cases.Select(c => c.Id).ToList();
        var claims = await LiveClaims.OfAsync(db, ids, viewer, ct);
        var evidence = (await EvidenceOfAsync(db, ids, ct)).ToLookup(e => e.Case);
        var accounts = cases
            .Where(c => c.SubjectKind == SubjectKind.Account)
            .Select(c => new AccountId(c.SubjectId))
            .ToList();
        var bands = await db
            .Accounts.AsNoTracking()
            .Where(a => accounts.Contains(a.Id))
            .ToDictionaryAsync(a => a.Id.Value, a => a.RiskBand, ct);
        return
        [
            .. cases.Select(c =>
                RowOf(c, [.. evidence[c.Id]], bands.GetValueOrDefault(c.SubjectId), claims.GetValueOrDefault(c.Id))
            ),
        ];
    }

    // Newest report first, so that the first one's meeting is the row's.
    private static async Task<List<Evidence>> EvidenceOfAsync(ModerationDb db, List<CaseId> cases, CancellationToken ct)
    {
        var rows = await db
            .ReportSubjects.AsNoTracking()
            .Where(s => cases.Contains(s.CaseId))
            .Select(s => new { s.CaseId, s.ReportId })
            .Distinct()
            .Join(
                db.Reports,
                s => s.ReportId,
                r => r.Id,
                (s, r) =>
                    new
                    {
                        s.CaseId,
                        r.State,
                        r.MeetingId,
                        r.SegmentCount,
                        r.FiledAt,
                        Stored = db.ReportSegments.Count(x => x.ReportId == r.Id && x.StoredAt != null),
                        Damaged = db.ReportSegments.Any(x =>
                            x.ReportId == r.Id
                            && x.StoredAt != null
                            && db.BlobFaults.Any(f => f.Hash == x.CiphertextHash && f.ClearedAt == null)
                        ),
                    }
            )
            .OrderByDescending(row => row.FiledAt)
            .ToListAsync(ct);
        return [.. rows.Select(r => new Evidence(r.CaseId, r.State, r.MeetingId, r.SegmentCount, r.Stored, r.Damaged))];
    }

    private static CaseRow RowOf(Case c, List<Evidence> evidence, string? riskBand, ClaimShape? claim)
    {
        var reason = Reason.ByNumber(c.Reason);
        return new CaseRow(
            c.Id.ToString(),
            c.Reference,
            reason?.Code ?? "other",
            reason?.Text ?? "Something else",
            Words.Of(c.Severity),
            c.SeverityIsEstimate,
            Words.Of(c.Lane),
            Words.Of(c.SubjectKind),
            SubjectOf(c),
            evidence is [var newest, ..] ? newest.Meeting.ToString() : null,
            c.OpenedAt,
            c.DueAt,
            c.ReportCount,
            riskBand,
            StateOf(evidence),
            evidence.Sum(e => e.Stored),
            evidence.Sum(e => e.Declared),
            claim,
            Words.Of(c.Status),
            c.Version
        );
    }

    private static string SubjectOf(Case c) =>
        c.SubjectKind == SubjectKind.Account
            ? new AccountId(c.SubjectId).ToString()
            : new MeetingId(c.SubjectId).ToString();

    private static string StateOf(List<Evidence> evidence) =>
        evidence.Exists(e => e.Damaged) ? "verification_failed"
        : evidence.Exists(e => e.State == ReportState.Uploading) ? "arriving"
        // One that is complete without a segment is a filing alone.
        : evidence.Exists(e => e is { State: ReportState.Complete, Declared: > 0 }) ? "complete"
        : evidence.Exists(e => e.State == ReportState.EvidenceDestroyed) ? "destroyed"
        : "none";
}
