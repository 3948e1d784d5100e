// Who must not see a decision yet: until a second reviewer has handed in, nothing shows what the first one decided (triage.md 10).
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Contracts.Storage;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;

namespace Moderation.Data;

public static class Blindness
{
    /// <summary>Lines of a history that say nothing about who thought what. Everything else is withheld, also what is invented later.</summary>
    public static string[] NeutralKinds { get; } =
    [
        ReportFiled.Kind,
        ReportBytesComplete.Kind,
        CaseOpened.Kind,
        CaseJoined.Kind,
        CaseReportEnded.Kind,
        CaseReportCovered.Kind,
        CaseSubjectResolved.Kind,
        EvidenceDamaged.Kind,
    ];

    /// <summary>
    /// The open reviews whose first decision this person must not see. Before a second look is handed in, that is everybody who
    /// could still be asked for it: all but the decider. Afterwards the reviewer has seen it, and whoever rules; of a sample only
    /// the one who looks is kept blind, since the decision was released to all.
    /// </summary>
    /// <param name="seesAll">An auditor, who is never asked.</param>
    public static IQueryable<Review> Withheld(ModerationDb db, StaffId viewer, bool seesAll) =>
        db.Reviews.Where(r =>
            !seesAll
            && (
                (
                    r.Kind == ReviewKind.SecondLook
                    && (
                        r.State == ReviewState.Waiting
                        || r.State == ReviewState.InProgress
                        || r.State == ReviewState.Differs
                    )
                    && !db.Decisions.Any(d => d.Id == r.DecisionId && d.DecidedBy == viewer)
                    && !(r.ReviewerId == viewer && r.SubmittedAt != null)
                    && r.AdjudicatorId != viewer
                ) || (r.Kind == ReviewKind.Sample && r.State == ReviewState.InProgress && r.ReviewerId == viewer)
            )
        );

    /// <summary>Of the given cases those of which something is withheld.</summary>
    public static Task<HashSet<CaseId>> CasesAsync(
        ModerationDb db,
        IReadOnlyCollection<CaseId> cases,
        StaffId viewer,
        bool seesAll,
        CancellationToken ct
    ) => Withheld(db, viewer, seesAll).Where(r => cases.Contains(r.CaseId)).Select(r => r.CaseId).ToHashSetAsync(ct);

    /// <summary>Every decision withheld from this person: for what is not bound to one case, such as an account's measures.</summary>
    public static Task<HashSet<DecisionId>> DecisionsAsync(
        ModerationDb db,
        StaffId viewer,
        bool seesAll,
        CancellationToken ct
    ) => Withheld(db, viewer, seesAll).Select(r => r.DecisionId).ToHashSetAsync(ct);
}
