// Puts a report into its cases: one open case per subject and lane, opened or joined, with its rank made anew.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Domain.Accounts;
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;

namespace Moderation.Data;

public static class CaseIntake
{
    /// <summary>Neutral credibility: what a reporter has until an outcome history says more (triage.md 5.3).</summary>
    private const double NeutralCredibility = 0.5;

    /// <summary>Verified evidence that the host alone asserts (triage.md 5.2).</summary>
    private const double HostAsserted = 0.6;

    /// <summary>A filing alone, or evidence that never came or was taken back.</summary>
    private const double MetadataOnly = 0;

    /// <summary>
    /// The order in which everybody locks cases who needs more than one of them: else two wait for each other for ever.
    /// By subject and not by id, because a filing locks cases that are not there yet.
    /// </summary>
    public static IComparer<(SubjectKind Kind, Guid Id)> LockOrder { get; } =
        Comparer<(SubjectKind Kind, Guid Id)>.Default;

    /// <summary>
    /// Admits a report for the named participants, none meaning the meeting itself. Runs in the caller's transaction and
    /// leaves the report's subject rows, and what the cases' history says of it, to be saved with it. A subject that the
    /// report already has is left as it is.
    /// </summary>
    /// <returns>The cases of the named participants, those it was in already included.</returns>
    public static async Task<IReadOnlyList<CaseId>> AdmitAsync(
        ModerationDb db,
        Report report,
        Reason reason,
        IReadOnlyList<byte[]> pseudonyms,
        string actor,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("A report enters triage in the transaction that stores its filing.");
        var rows = await db.ReportSubjects.Where(s => s.ReportId == report.Id).ToListAsync(ct);
        var subjects = await ResolveAsync(db, report.MeetingId, pseudonyms, ct);
        List<CaseId> cases = [];
        foreach (var subject in subjects.OrderBy(s => s.Key, LockOrder))
        {
            var fresh = subject.Value.Where(p => RowOf(p) is null).ToList();
            if (fresh.Count == 0)
            {
                cases.Add(RowOf(subject.Value[0])!.CaseId);
                continue;
            }
            var standing = await LockOpenAsync(db, subject.Key, reason.Lane, ct);
            var earlier = standing is null ? await CoveredReports.FindAsync(db, report, reason, subject.Key, ct) : null;
            if (earlier is { Covers: true })
            {
                Attach(db, report, earlier.Id, fresh, ReportDisposition.Covered);
                SayCovered(db, report, earlier.Id, actor, now);
                cases.Add(earlier.Id);
                continue;
            }
            var opened = false;
            while (standing is null)
            {
                opened = await TryOpenAsync(db, subject.Key, reason, earlier?.Id, now, ct);
                standing = await LockOpenAsync(db, subject.Key, reason.Lane, ct);
            }
            // A report counts once in a case, also when it names the same person twice.
            if (!opened && !rows.Exists(r => r.CaseId == standing.Id))
                Join(standing, reason);
            if (standing.Status == CaseStatus.Grace)
                await RecallAsync(db, standing, reason, now, ct);
            Attach(db, report, standing.Id, fresh, ReportDisposition.Attached);
            await RankAsync(db, standing, report, ct);
            Say(db, standing, report, opened, actor, now);
            cases.Add(standing.Id);
        }
        return cases;

        ReportSubject? RowOf(byte[] pseudonym) => rows.Find(r => r.Pseudonym.AsSpan().SequenceEqual(pseudonym));
    }

    /// <summary>Makes the rank of a case anew from the facts of now, for example when its account was scored.</summary>
    public static Task RankAsync(ModerationDb db, Case ranked, CancellationToken ct) => RankAsync(db, ranked, null, ct);

    private static async Task RankAsync(ModerationDb db, Case ranked, Report? admitted, CancellationToken ct)
    {
        // One that was taken back says nothing any more (triage.md 2.3).
        var reports = await db
            .ReportSubjects.Where(s => s.CaseId == ranked.Id)
            .Join(db.Reports, s => s.ReportId, r => r.Id, (s, r) => r)
            .Where(r => r.State != ReportState.Withdrawn)
            .Select(r => new
            {
                r.Id,
                r.ReporterId,
                HasEvidence = r.SegmentCount > 0 && r.State != ReportState.Expired,
            })
            .ToListAsync(ct);
        // The report that is being admitted is not saved yet.
        if (admitted is not null && !reports.Exists(r => r.Id == admitted.Id))
            reports.Add(
                new
                {
                    admitted.Id,
                    admitted.ReporterId,
                    HasEvidence = admitted.SegmentCount > 0,
                }
            );
        var count = reports.Select(r => r.ReporterId).Distinct().Count();
        var evidence = reports.Exists(r => r.HasEvidence) ? HostAsserted : MetadataOnly;
        var risk = ranked.SubjectKind == SubjectKind.Account ? await RiskBandAsync(db, ranked.SubjectId, ct) : null;
        var facts = new RankFacts(Rank.OfRiskBand(risk), NeutralCredibility, Math.Max(0, count - 1), evidence);
        var terms = Rank.Terms(facts);
        ranked.DueAt = ranked.OpenedAt + Rank.Sla(ranked.Severity);
        ranked.Band = Rank.Band(ranked.Severity, ranked.Lane);
        ranked.RankAt = Rank.At(ranked.DueAt, ranked.Severity, terms);
        ranked.RankTerms = JsonSerializer.Serialize(terms, ModerationDb.Json);
    }

    private static Task<string?> RiskBandAsync(ModerationDb db, Guid account, CancellationToken ct)
    {
        var id = new AccountId(account);
        return db.Accounts.Where(a => a.Id == id).Select(a => a.RiskBand).SingleOrDefaultAsync(ct);
    }

    private static void Say(ModerationDb db, Case found, Report report, bool opened, string actor, DateTimeOffset now)
    {
        var id = found.Id.ToString();
        var said = opened
            ? db.Say(CaseOpened.Kind, new CaseOpened(id, found.Reference, LaneText(found.Lane)), now)
            : db.Say(CaseJoined.Kind, new CaseJoined(id, report.Id.ToString()), now);
        said.CaseId = found.Id.Value;
        said.Actor = actor;
    }

    // A graver report stops the release; any other does not, or a friend of the subject could hold up a ban (triage.md 3.3).
    private static async Task RecallAsync(
        ModerationDb db,
        Case standing,
        Reason reason,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (await TakenBack.PendingAsync(db, standing.Id, ct) is not { } decision)
            return;
        // S0 is the gravest and the smallest; a decision without a severity is less grave than any.
        if (decision.Severity is null || reason.Estimate < decision.Severity)
            await TakenBack.TakeBackAsync(
                db,
                standing,
                decision,
                CaseMove.Recall,
                CaseFact.None,
                "system:graver-report",
                now,
                ct
            );
    }

    private static string LaneText(Lane lane) => JsonNamingPolicy.SnakeCaseLower.ConvertName(lane.ToString());

    private static void Join(Case joined, Reason reason)
    {
        joined.ReportCount++;
        joined.Version++;
        // S0 is the gravest and the smallest. What a person has set stays (triage.md 5.1).
        if (joined.SeverityIsEstimate && reason.Estimate < joined.Severity)
        {
            joined.Severity = reason.Estimate;
            joined.Reason = reason.Number;
        }
    }

    // Somebody the roster does not know is kept as a pseudonym on the meeting's own case (docs/decisions/0007).
    private static async Task<Dictionary<(SubjectKind Kind, Guid Id), List<byte[]>>> ResolveAsync(
        ModerationDb db,
        MeetingId meeting,
        IReadOnlyList<byte[]> pseudonyms,
        CancellationToken ct
    )
    {
        if (pseudonyms.Count == 0)
            return new()
            {
                [(SubjectKind.Meeting, meeting.Value)] =
                [
                    [],
                ],
            };
        var roster = await db
            .Participants.AsNoTracking()
            .Where(p => p.MeetingId == meeting && pseudonyms.Contains(p.Pseudonym))
            .ToListAsync(ct);
        return pseudonyms
            .GroupBy(pseudonym =>
                roster.Find(p => p.Pseudonym.AsSpan().SequenceEqual(pseudonym)) is { } participant
                    ? (SubjectKind.Account, participant.AccountId.Value)
                    : (SubjectKind.Meeting, meeting.Value)
            )
            .ToDictionary(g => g.Key, g => g.ToList());
    }

    private static void Attach(
        ModerationDb db,
        Report report,
        CaseId found,
        IEnumerable<byte[]> pseudonyms,
        ReportDisposition disposition
    ) =>
        db.ReportSubjects.AddRange(
            pseudonyms.Select(pseudonym => new ReportSubject
            {
                ReportId = report.Id,
                CaseId = found,
                Pseudonym = pseudonym,
                Disposition = disposition,
            })
        );

    // The report ends where the decision was made; nobody is asked to look again.
    private static void SayCovered(ModerationDb db, Report report, CaseId closed, string actor, DateTimeOffset now)
    {
        var said = db.Say(CaseReportCovered.Kind, new CaseReportCovered(closed.ToString(), report.Id.ToString()), now);
        (said.CaseId, said.Actor) = (closed.Value, actor);
    }

    /// <summary>The subject's open case in this lane, locked until the transaction ends; null when there is none.</summary>
    internal static async Task<Case?> LockOpenAsync(
        ModerationDb db,
        (SubjectKind Kind, Guid Id) subject,
        Lane lane,
        CancellationToken ct
    )
    {
        var found = await db
            .Cases.FromSql(
                $"""
                select * from cases
                where subject_kind = {subject.Kind.ToString()} and subject_id = {subject.Id} and lane = {lane.ToString()}
                  and status <> 'Closed'
                for update
                """
            )
            .ToListAsync(ct);
        return found.SingleOrDefault();
    }

    // The unique index decides (triage.md 3.2): whoever inserts second waits for the first, then joins its case.
    private static async Task<bool> TryOpenAsync(
        ModerationDb db,
        (SubjectKind Kind, Guid Id) subject,
        Reason reason,
        CaseId? earlier,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var numbers = await db
            .Database.SqlQuery<long>($"""select nextval('case_numbers') as "Value" """)
            .ToListAsync(ct);
        var reference = $"TS-{now.UtcDateTime.Year}-{numbers[0]:D6}";
        var due = now + Rank.Sla(reason.Estimate);
        var inserted = await db.Database.ExecuteSqlAsync(
            $"""
            insert into cases (id, reference, subject_kind, subject_id, lane, opened_at, queue, status, severity,
              severity_is_estimate, reason, report_count, due_at, band, rank_at, rank_terms, version,
              previous_case_id)
            values ({CaseId.New(
                now
            ).Value}, {reference}, {subject.Kind.ToString()}, {subject.Id}, {reason.Lane.ToString()},
              {now}, {Case.DefaultQueue}, 'Open', {reason.Estimate.ToString()}, true, {reason.Number}, 1, {due},
              {Rank.Band(reason.Estimate, reason.Lane)}, {due}, {"{}"}::jsonb, 1,
              {earlier?.Value})
            on conflict (subject_kind, subject_id, lane) where status <> 'Closed' do nothing
            """,
            ct
        );
        return inserted == 1;
    }
}
