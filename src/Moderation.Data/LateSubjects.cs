// Moves a report to the case of a person, once the roster names who stood behind a pseudonym (triage.md 2.1).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;

namespace Moderation.Data;

public static class LateSubjects
{
    private const string Actor = "system:resolve-late-subjects";

    /// <summary>Meetings with a report on the meeting's own case that names somebody the roster knows by now.</summary>
    public static Task<List<MeetingId>> WaitingAsync(ModerationDb db, int atMost, CancellationToken ct) =>
        Rows(db).Select(row => row.Participant.MeetingId).Distinct().Take(atMost).ToListAsync(ct);

    /// <summary>Runs in the caller's transaction and saves in it. A case that somebody holds is left for later (triage.md 4).</summary>
    /// <returns>How many subjects moved.</returns>
    public static async Task<int> ResolveAsync(
        ModerationDb db,
        MeetingId meeting,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (db.Database.CurrentTransaction is null)
            throw new InvalidOperationException("Subjects move in a transaction.");
        var waiting = await Rows(db)
            .Where(row => row.Participant.MeetingId == meeting)
            .Select(row => new
            {
                row.Subject.ReportId,
                row.Subject.Pseudonym,
                row.Subject.CaseId,
                row.Participant.AccountId,
            })
            .ToListAsync(ct);
        List<(CaseId From, ReportId Report, CaseId To)> moves = [];
        // The accounts' cases before the meeting's: the order in which everybody locks cases.
        foreach (var row in waiting.OrderBy(w => w.AccountId.Value))
        {
            var report = await db.Reports.SingleAsync(r => r.Id == row.ReportId, ct);
            var reason = Reason.ByNumber(report.Reason) ?? Reason.ByCode("other")!;
            // Out of the way first: the report is then admitted for this pseudonym as if it came now.
            db.ReportSubjects.Remove(
                await db.ReportSubjects.SingleAsync(s => s.ReportId == row.ReportId && s.Pseudonym == row.Pseudonym, ct)
            );
            await db.SaveChangesAsync(ct);
            var to = await CaseIntake.AdmitAsync(db, report, reason, [row.Pseudonym], Actor, now, ct);
            await db.SaveChangesAsync(ct);
            moves.Add((row.CaseId, row.ReportId, to[0]));
        }
        foreach (var (from, report, to) in moves.OrderBy(m => m.From.Value))
            await LeaveAsync(db, from, report, to, now, ct);
        return moves.Count;
    }

    private static async Task LeaveAsync(
        ModerationDb db,
        CaseId from,
        ReportId report,
        CaseId to,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var left = (
            await db.Cases.FromSql($"select * from cases where id = {from.Value} for update").ToListAsync(ct)
        ).Single();
        var remaining = await db
            .ReportSubjects.Where(s => s.CaseId == from)
            .Select(s => s.ReportId)
            .Distinct()
            .ToListAsync(ct);
        if (!remaining.Contains(report))
            left.ReportCount--;
        left.Version++;
        var said = db.Say(
            CaseSubjectResolved.Kind,
            new CaseSubjectResolved(from.ToString(), report.ToString(), to.ToString()),
            now
        );
        (said.CaseId, said.Actor) = (from.Value, Actor);
        if (remaining.Count == 0 && left.Make(CaseMove.Empty).Refusal is null)
        {
            left.ClosedAt = now;
            var emptied = db.Say(CaseEmptied.Kind, new CaseEmptied(from.ToString()), now);
            (emptied.CaseId, emptied.Actor) = (from.Value, Actor);
        }
        else
            await CaseIntake.RankAsync(db, left, ct);
        await db.SaveChangesAsync(ct);
    }

    private sealed class Row
    {
        public required ReportSubject Subject { get; init; }
        public required Participant Participant { get; init; }
    }

    private static IQueryable<Row> Rows(ModerationDb db) =>
        from subject in db.ReportSubjects
        join report in db.Reports on subject.ReportId equals report.Id
        join found in db.Cases on subject.CaseId equals found.Id
        join participant in db.Participants
            on new { report.MeetingId, subject.Pseudonym } equals new { participant.MeetingId, participant.Pseudonym }
        where
            found.SubjectKind == SubjectKind.Meeting
            && found.Status == CaseStatus.Open
            && subject.Disposition == ReportDisposition.Attached
            && report.State != ReportState.Withdrawn
            && !db.Claims.Any(c => c.CaseId == found.Id && c.ReleasedAt == null)
        select new Row { Subject = subject, Participant = participant };
}
