// Tells a case's past in plain sentences: every event and every view, in order.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Legal;
using Moderation.Contracts.Opening;
using Moderation.Contracts.Storage;
using Moderation.Contracts.Triage;
using Moderation.Data;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Evidence;

namespace Moderation.Features.Triage;

internal static class CaseHistory
{
    public static async Task<IReadOnlyList<HistoryLine>> ReadAsync(
        ModerationDb db,
        CaseId id,
        Viewer viewer,
        CancellationToken ct
    )
    {
        var lines = await db.Events.AsNoTracking().Where(e => e.CaseId == id.Value).ToListAsync(ct);
        if ((await Blindness.CasesAsync(db, [id], viewer.Id, viewer.Auditor, ct)).Count > 0)
            lines.RemoveAll(e => e.Actor != viewer.Id.ToString() && !Blindness.NeutralKinds.Contains(e.Kind));
        var staff = lines
            .Select(line => StaffId.TryParse(line.Actor, null, out var who) ? who : (StaffId?)null)
            .OfType<StaffId>()
            .Distinct()
            .ToList();
        var names = await db
            .Staff.AsNoTracking()
            .Where(s => staff.Contains(s.Id))
            .ToDictionaryAsync(s => s.Id.ToString(), s => s.Pseudonym, ct);
        return
        [
            .. lines
                .OrderBy(line => line.OccurredAt)
                // What a decision sets off stands after it, though both have the same time.
                .ThenBy(line => Followers.Contains(line.Kind))
                .ThenBy(line => line.Kind.StartsWith("enforcement.", StringComparison.Ordinal))
                .ThenBy(line => line.Id.Value)
                .Select(line => new HistoryLine(
                    line.OccurredAt,
                    line.Kind,
                    NameOf(line.Actor, names),
                    SentenceOf(line)
                )),
        ];
    }

    private static readonly string[] Followers =
    [
        ReviewOpened.Kind,
        DecisionReleased.Kind,
        StrikeGiven.Kind,
        AccountWarned.Kind,
        AccountFrictionApplied.Kind,
        AccountSuspended.Kind,
        SessionsRevoked.Kind,
    ];

    public static string NameOf(string? actor, IReadOnlyDictionary<string, string> pseudonyms) =>
        actor switch
        {
            null => "System",
            _ when pseudonyms.TryGetValue(actor, out var pseudonym) => pseudonym,
            // A reporter stays unnamed, also as an id.
            _ when actor.StartsWith("acct_", StringComparison.Ordinal) => "Host",
            _ when actor.StartsWith("stf_", StringComparison.Ordinal) => "Staff",
            _ => "System",
        };

    private static string SentenceOf(LoggedEvent line) =>
        line.Kind switch
        {
            ReportFiled.Kind => "A report was filed.",
            ReportBytesComplete.Kind => Of<ReportBytesComplete>(
                line,
                e => $"All {e.Segments} evidence segments of a report have arrived."
            ),
            CaseOpened.Kind => Of<CaseOpened>(line, e => $"The case was opened as {e.Reference}."),
            CaseJoined.Kind => "Another report joined the case.",
            CaseReportEnded.Kind => Of<CaseReportEnded>(
                line,
                e =>
                    e.State == "withdrawn"
                        ? "A report was withdrawn by its reporter; its evidence is destroyed."
                        : "A report's evidence did not arrive within 24 hours; what had come was deleted."
            ),
            CaseReportCovered.Kind => "A late report about the same minutes came in; the decision covers it.",
            CaseSubjectResolved.Kind => "Somebody named by a pseudonym alone became known.",
            CaseEmptied.Kind => "The case closed: all of it had moved to the case of a person.",
            CaseClaimed.Kind => "Claimed the case.",
            CaseReleased.Kind => Of<CaseReleased>(
                line,
                e => e.End == "expired" ? "A lease ran out; the claim ended." : "Let the case go, undecided."
            ),
            CaseViewed.Kind => "Looked at the case.",
            CaseDecided.Kind => Of<CaseDecided>(line, Decided),
            SegmentsOpened.Kind => Of<SegmentsOpened>(
                line,
                e =>
                    e.Purpose == (int)GrantPurpose.Emergency
                        ? $"Opened {e.Segments.Count} evidence segments as an emergency; somebody else reviews that."
                        : $"Opened {e.Segments.Count} evidence segments."
            ),
            EvidenceDamaged.Kind => Of<EvidenceDamaged>(
                line,
                e => $"A stored segment is {e.Problem}: {e.Sha256[..12]}…"
            ),
            EvidenceDestroyed.Kind => "The evidence of a report was destroyed; its digests remain.",
            OpeningRefused.Kind => Of<OpeningRefused>(line, e => $"Asked to open evidence and was refused ({e.Code})."),
            ExportRequested.Kind => Of<ExportRequested>(line, e => $"Asked for a release under {e.ProcessId}."),
            ExportApproved.Kind => Of<ExportApproved>(line, e => $"Approved the release ({e.Approvals} of 2)."),
            ExportPublished.Kind => Of<ExportPublished>(line, e => $"The case package {e.Package} was made."),
            ExportFailed.Kind => Of<ExportFailed>(line, e => $"The case package could not be made ({e.Code})."),
            AccountWarned.Kind => "The account was warned.",
            AccountFrictionApplied.Kind => Of<AccountFrictionApplied>(
                line,
                e => $"The account is limited{Until(e.Measures[0].Until)}: {Listed(e.Measures)}."
            ),
            AccountFrictionLifted.Kind => Of<AccountFrictionLifted>(
                line,
                e => $"Limits on the account ended ({e.Cause}): {Listed(e.Measures)}."
            ),
            AccountSuspended.Kind => Of<AccountSuspended>(
                line,
                e => $"The account is suspended ({e.Scope}){Until(e.Until)}."
            ),
            DecisionReleased.Kind => "The decision took effect.",
            DecisionWithdrawn.Kind => Of<DecisionWithdrawn>(
                line,
                e =>
                    e.Cause switch
                    {
                        "undone" => "Undid the decision; nothing of it had left.",
                        "recalled" => "A graver report came in: the decision did not leave and the case is open again.",
                        _ => "Withdrew the decision before the second look.",
                    }
            ),
            DecisionChanged.Kind => Of<DecisionChanged>(line, e => $"The decision was {e.How}."),
            CaseReopened.Kind => "Opened the case again.",
            ReviewOpened.Kind => "A second person is to look at the decision.",
            ReviewSubmitted.Kind => Of<ReviewSubmitted>(
                line,
                e => e.Agreed ? "Looked a second time and agrees." : "Looked a second time and decides differently."
            ),
            ReviewSettled.Kind => "Ruled between the two decisions.",
            ReviewOverdue.Kind => "The second look is overdue.",
            StrikeGiven.Kind => Of<StrikeGiven>(
                line,
                e => e.Points == 1 ? "The account got 1 point." : $"The account got {e.Points} points."
            ),
            StrikeEnded.Kind => Of<StrikeEnded>(
                line,
                e => e.State == "void" ? "The points of the decision are void." : "The points of the decision expired."
            ),
            AppealMoved.Kind => Of<AppealMoved>(line, Appealed),
            VisitRequested.Kind => "The platform was told of a visit.",
            VisitMoved.Kind => Of<VisitMoved>(
                line,
                e => $"A visit to the meeting: {e.Step}{(e.End is null ? "" : $", {e.End}")}."
            ),
            SessionsRevoked.Kind => "The account was removed from running meetings.",
            AccountReinstated.Kind => Of<AccountReinstated>(line, e => $"The suspension ended ({e.Cause})."),
            _ => $"Recorded: {line.Kind}.",
        };

    private static string Decided(CaseDecided e) =>
        e.Outcome switch
        {
            "violation" => $"Decided: {e.Clause} was broken; action: {e.Action}.",
            "no_violation" => "Decided: nothing was broken.",
            "insufficient_evidence" => "Decided: the evidence does not tell.",
            "duplicate" => "Decided: another case decides this.",
            _ => "Decided: not for us to decide.",
        };

    private static string Appealed(AppealMoved e) =>
        e.Step switch
        {
            "filed" => "The decision was appealed.",
            "asked" => "Asked the appellant for more.",
            "answered" => "The appellant answered.",
            "withdrawn" => "The appeal was withdrawn.",
            "decided" => $"Decided the appeal: {e.Outcome}.",
            "undone" => "Took the decision on the appeal back.",
            _ => $"The appeal took effect: {e.Outcome}.",
        };

    private static string Listed(IEnumerable<FrictionMeasure> measures) =>
        string.Join(", ", measures.Select(m => m.Measure));

    private static string Until(DateTimeOffset? until) =>
        until is { } end ? $" until {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : " until further notice";

    private static string Of<T>(LoggedEvent line, Func<T, string> sentence) =>
        sentence(
            JsonSerializer.Deserialize<T>(line.Payload, ModerationDb.Json)
                ?? throw new InvalidDataException($"The payload of a {line.Kind} line is null.")
        );
}
