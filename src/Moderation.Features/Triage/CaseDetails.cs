// Puts together all that is known about one case: reports, account with risk, rank, history, decisions, enforcements.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

internal static class CaseDetails
{
    public static async Task<CaseDetail> ReadAsync(ModerationDb db, Case found, Viewer viewer, CancellationToken ct)
    {
        var rows = await CaseRows.ReadAsync(db, [found], viewer, ct);
        var account =
            found.SubjectKind == SubjectKind.Account
                ? await db.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Id == new AccountId(found.SubjectId), ct)
                : null;
        var withheld = await Blindness.DecisionsAsync(db, viewer.Id, viewer.Auditor, ct);
        var decisions = await DecisionsAsync(db, found.Id, withheld, ct);
        var enforcements = await EnforcementsAsync(db, found, ct);
        // What only a withheld decision did, or ended, is shown as if that decision were not there.
        enforcements.RemoveAll(e => withheld.Contains(e.DecisionId));
        bool Stands(Domain.Enforcements.Enforcement e) =>
            e.InForce || (e.SupersededBy is { } later && withheld.Contains(later));
        return new CaseDetail(
            rows[0],
            await ReportsAsync(db, found.Id, await DecidedAtAsync(db, found.Id, ct), ct),
            account is null ? null : SummaryOf(account, [.. enforcements.Where(Stands)]),
            RankOf(found),
            await CaseHistory.ReadAsync(db, found.Id, viewer, ct),
            decisions,
            [.. enforcements.Select(e => ShapeOf(e, Stands(e)))]
        );
    }

    public static DecisionShape ShapeOf(Decision decision, string decidedBy) =>
        new(
            decision.Id.ToString(),
            decision.CaseId.ToString(),
            Words.Of(decision.Outcome),
            decision.Clause,
            decision.Severity?.ToString(),
            decision.Action,
            decision.RecommendedAction,
            decision.Rationale,
            JsonSerializer.Deserialize<List<CitationShape>>(decision.Citations, ModerationDb.Json) ?? [],
            decidedBy,
            decision.DecidedAt,
            Words.Of(decision.State),
            decision.ReleaseAt,
            decision.ReleasedAt,
            decision.Also,
            decision.DeviationCode,
            decision.DeviationReason,
            decision.Derivation is null
                ? null
                : JsonSerializer.Deserialize<DerivationShape>(decision.Derivation, ModerationDb.Json)
        );

    public static DerivationShape ShapeOf(Recommendation r) =>
        new(
            r.Step.Step,
            r.Step.Action,
            r.Step.Days,
            r.ActivePoints,
            r.Points,
            r.Total,
            r.Ladder,
            r.AtLeast,
            r.AtMost,
            r.FirstOffence,
            r.CleanMeetings
        );

    // Only of a case that waits with its decision; a closed one takes no more reports.
    private static Task<DateTimeOffset?> DecidedAtAsync(ModerationDb db, CaseId id, CancellationToken ct) =>
        db
            .Decisions.Where(d =>
                d.CaseId == id
                && (
                    d.State == DecisionState.InReview
                    || d.State == DecisionState.Adjudication
                    || d.State == DecisionState.Grace
                )
            )
            .MaxAsync(d => (DateTimeOffset?)d.DecidedAt, ct);

    private static async Task<List<DecisionShape>> DecisionsAsync(
        ModerationDb db,
        CaseId id,
        HashSet<DecisionId> withheld,
        CancellationToken ct
    )
    {
        var rows = await db
            .Decisions.AsNoTracking()
            .Where(d => d.CaseId == id && !withheld.Contains(d.Id))
            .OrderBy(d => d.DecidedAt)
            .Join(db.Staff, d => d.DecidedBy, s => s.Id, (d, s) => new { Decision = d, s.Pseudonym })
            .ToListAsync(ct);
        return [.. rows.Select(row => ShapeOf(row.Decision, row.Pseudonym))];
    }

    // All of the account's, also those of its other cases: a person deciding must know what is in force already.
    private static async Task<List<Domain.Enforcements.Enforcement>> EnforcementsAsync(
        ModerationDb db,
        Case found,
        CancellationToken ct
    )
    {
        if (found.SubjectKind != SubjectKind.Account)
            return [];
        var account = new AccountId(found.SubjectId);
        return await db
            .Enforcements.AsNoTracking()
            .Where(e => e.AccountId == account)
            .OrderBy(e => e.StartsAt)
            .ThenBy(e => e.Id)
            .ToListAsync(ct);
    }

    private static async Task<List<CaseReport>> ReportsAsync(
        ModerationDb db,
        CaseId id,
        DateTimeOffset? decidedAt,
        CancellationToken ct
    )
    {
        var subjects = await db.ReportSubjects.AsNoTracking().Where(s => s.CaseId == id).ToListAsync(ct);
        var ids = subjects.Select(s => s.ReportId).Distinct().ToList();
        var reports = await db
            .Reports.AsNoTracking()
            .Where(r => ids.Contains(r.Id))
            .OrderBy(r => r.FiledAt)
            .ToListAsync(ct);
        var segments = (
            await db
                .ReportSegments.AsNoTracking()
                .Where(s => ids.Contains(s.ReportId))
                .OrderBy(s => s.Index)
                .ToListAsync(ct)
        ).ToLookup(s => s.ReportId);
        var named = subjects.ToLookup(s => s.ReportId, s => s.Pseudonym);
        return
        [
            .. reports.Select(r =>
                ShapeOf(r, named[r.Id], segments[r.Id]) with
                {
                    NewSinceDecision = r.FilingAt > decidedAt,
                }
            ),
        ];
    }

    private static CaseReport ShapeOf(Report r, IEnumerable<byte[]> subjects, IEnumerable<ReportSegment> segments)
    {
        var filing = FilingOf(r);
        return new CaseReport(
            r.Id.ToString(),
            Bytes.ToText(r.ContentId),
            Reason.ByNumber(r.Reason)?.Code ?? "other",
            r.FiledAt,
            Words.Of(r.State),
            r.MeetingId.ToString(),
            r.WindowStartMs,
            r.WindowEndMs,
            filing?.MarkerMs,
            [.. subjects.Where(s => s.Length > 0).Select(s => Bytes.ToText(s))],
            [.. segments.Select(ShapeOf)],
            filing?.Note
        );
    }

    private static SegmentRow ShapeOf(ReportSegment s) =>
        new(
            s.Index,
            s.Kind,
            s.Participant.Length == 0 ? null : Bytes.ToText(s.Participant),
            s.Stream,
            s.StartMs,
            s.DurationMs,
            s.Content,
            s.CiphertextLength,
            s.StoredAt is not null,
            SealedGrades.Of((uint)s.Kind)
        );

    // The filing was checked at the door and is kept as it was signed; marker and note stand nowhere else.
    private static Filing? FilingOf(Report report) =>
        report.Filing is not null && CoseSign1.Parse(report.Filing, CoseContentTypes.Filing) is { } signed
            ? JsonSerializer.Deserialize<Filing>(signed.Payload.Span, ModerationDb.Json)
            : null;

    private static AccountSummary SummaryOf(Account account, List<Domain.Enforcements.Enforcement> enforcements)
    {
        var state = EnforcementLedger.StateOf(enforcements);
        return new AccountSummary(
            account.Id.ToString(),
            account.ExternalId,
            account.FirstSeenAt,
            account.RegisteredAt,
            state.Suspended,
            state.SuspendedUntil,
            account.RiskAssessment is null
                ? null
                : JsonSerializer.Deserialize<RiskShape>(account.RiskAssessment, ModerationDb.Json)
        );
    }

    private static RankShape RankOf(Case found)
    {
        var terms =
            JsonSerializer.Deserialize<RankTerms>(found.RankTerms, ModerationDb.Json)
            ?? throw new InvalidDataException("A case has no rank terms.");
        var sla = Rank.Sla(found.Severity);
        long Seconds(double share) => (long)Math.Round(share * sla.TotalSeconds);
        return new RankShape(
            terms.Risk,
            terms.Credibility,
            terms.Reporters,
            terms.Evidence,
            Seconds(terms.Risk),
            Seconds(terms.Credibility),
            Seconds(terms.Reporters),
            Seconds(terms.Evidence),
            Seconds(terms.Weight)
        );
    }

    private static EnforcementShape ShapeOf(Domain.Enforcements.Enforcement e, bool stands) =>
        new(
            e.Id.ToString(),
            e.DecisionId.ToString(),
            Words.Of(e.Kind),
            e.Measure,
            e.Scope,
            e.StartsAt,
            e.Until,
            stands ? null : e.EndedAt,
            !stands && e.End is { } end ? Words.Of(end) : null
        );
}
