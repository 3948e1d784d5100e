// The life of a case: the table of triage.md 3.7, written out once more by hand against the code's own.
using Moderation.Domain.Cases;

namespace Moderation.UnitTests.Cases;

public sealed class CaseTests
{
    /// <summary>State, event, next; in the order of the spec's table, then what the product adds.</summary>
    public static TheoryData<CaseStatus, CaseMove, CaseFact, CaseStatus> Table { get; } =
        new()
        {
            { CaseStatus.Open, CaseMove.Hold, CaseFact.None, CaseStatus.Held },
            { CaseStatus.Held, CaseMove.Return, CaseFact.None, CaseStatus.Open },
            { CaseStatus.Open, CaseMove.Snooze, CaseFact.None, CaseStatus.Snoozed },
            { CaseStatus.Snoozed, CaseMove.Return, CaseFact.None, CaseStatus.Open },
            { CaseStatus.Open, CaseMove.SendToReview, CaseFact.None, CaseStatus.InReview },
            { CaseStatus.Open, CaseMove.EnterGrace, CaseFact.None, CaseStatus.Grace },
            {
                CaseStatus.InReview,
                CaseMove.WithdrawDecision,
                CaseFact.ByDecider | CaseFact.ReviewUndecided,
                CaseStatus.Open
            },
            { CaseStatus.InReview, CaseMove.Agree, CaseFact.None, CaseStatus.Grace },
            { CaseStatus.InReview, CaseMove.Differ, CaseFact.None, CaseStatus.Adjudication },
            { CaseStatus.Adjudication, CaseMove.Rule, CaseFact.BySenior | CaseFact.ByNeither, CaseStatus.Grace },
            { CaseStatus.Grace, CaseMove.Undo, CaseFact.ByDecider | CaseFact.BeforeRelease, CaseStatus.Open },
            { CaseStatus.Grace, CaseMove.Release, CaseFact.ReleaseDue, CaseStatus.Closed },
            { CaseStatus.Closed, CaseMove.Overturn, CaseFact.None, CaseStatus.Closed },
            {
                CaseStatus.Closed,
                CaseMove.Reverse,
                CaseFact.BySenior | CaseFact.ByTwo | CaseFact.ReasonGiven,
                CaseStatus.Closed
            },
            {
                CaseStatus.Closed,
                CaseMove.Reopen,
                CaseFact.BySenior | CaseFact.ReasonGiven | CaseFact.WithinRetention,
                CaseStatus.Open
            },
            // A grace of 0 s, as in imminent_harm.
            { CaseStatus.Open, CaseMove.Decide, CaseFact.None, CaseStatus.Closed },
            // A graver report (3.3).
            { CaseStatus.Grace, CaseMove.Recall, CaseFact.None, CaseStatus.Open },
            { CaseStatus.Held, CaseMove.Hold, CaseFact.None, CaseStatus.Held },
            { CaseStatus.Open, CaseMove.Empty, CaseFact.None, CaseStatus.Closed },
            { CaseStatus.Held, CaseMove.Empty, CaseFact.None, CaseStatus.Closed },
            { CaseStatus.Snoozed, CaseMove.Empty, CaseFact.None, CaseStatus.Closed },
        };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_case_moves_as_the_table_says(CaseStatus from, CaseMove move, CaseFact facts, CaseStatus to)
    {
        var found = CaseIn(from);
        var version = found.Version;

        var step = found.Make(move, facts);

        step.Refusal.ShouldBeNull();
        (found.Status, found.Version).ShouldBe((to, version + 1));
    }

    [Fact]
    public void The_code_has_no_row_that_is_not_written_here() =>
        CaseLife
            .Table.Rows.Select(r => (r.From, r.Move, r.To))
            .ShouldBe(
                Table.Select(row => row.Data).Select(row => (row.Item1, row.Item2, row.Item4)),
                ignoreOrder: true
            );

    internal static Moderation.Domain.Cases.Case CaseIn(CaseStatus status)
    {
        var now = new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
        var made = new Moderation.Domain.Cases.Case
        {
            Id = CaseId.New(now),
            Reference = "TS-2026-000001",
            SubjectKind = SubjectKind.Account,
            SubjectId = Guid.Empty,
            Lane = Lane.General,
            OpenedAt = now,
            Severity = Severity.S2,
            Reason = 4,
            DueAt = now,
            Band = 2,
            RankAt = now,
            RankTerms = "{}",
        };
        // By the shortest way there.
        CaseMove[] way = status switch
        {
            CaseStatus.Held => [CaseMove.Hold],
            CaseStatus.Snoozed => [CaseMove.Snooze],
            CaseStatus.InReview => [CaseMove.SendToReview],
            CaseStatus.Adjudication => [CaseMove.SendToReview, CaseMove.Differ],
            CaseStatus.Grace => [CaseMove.EnterGrace],
            CaseStatus.Closed => [CaseMove.Decide],
            _ => [],
        };
        foreach (var move in way)
            made.Make(move).Refusal.ShouldBeNull();
        made.Status.ShouldBe(status);
        return made;
    }
}
