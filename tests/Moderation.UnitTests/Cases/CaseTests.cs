// The life of a case: which moves it may make, and what each does.
using Moderation.Domain;
using Moderation.Domain.Cases;

namespace Moderation.UnitTests.Cases;

public sealed class CaseTests
{
    public static TheoryData<CaseStatus, CaseMove, CaseStatus?> Table { get; } =
        new()
        {
            { CaseStatus.Open, CaseMove.Decide, CaseStatus.Closed },
            { CaseStatus.Open, CaseMove.Empty, CaseStatus.Closed },
            { CaseStatus.Closed, CaseMove.Empty, null },
            { CaseStatus.Open, CaseMove.Reopen, null },
            { CaseStatus.Closed, CaseMove.Decide, null },
            { CaseStatus.Closed, CaseMove.Reopen, CaseStatus.Open },
        };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_case_moves_as_the_table_says(CaseStatus from, CaseMove move, CaseStatus? to)
    {
        var found = CaseIn(from);
        var version = found.Version;

        var outcome = found.Make(move);

        if (to is { } next)
        {
            outcome.Refusal.ShouldBeNull();
            found.Status.ShouldBe(next);
            found.Version.ShouldBe(version + 1);
        }
        else
        {
            outcome.Refusal!.Code.ShouldBe("case.cannot-move");
            outcome.Refusal.Kind.ShouldBe(RefusalKind.Conflict);
            found.Status.ShouldBe(from);
            found.Version.ShouldBe(version);
        }
    }

    [Fact]
    public void The_table_names_every_state_and_move() =>
        Table.Count.ShouldBe(Enum.GetValues<CaseStatus>().Length * Enum.GetValues<CaseMove>().Length);

    private static Moderation.Domain.Cases.Case CaseIn(CaseStatus status)
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
        if (status == CaseStatus.Closed)
            made.Make(CaseMove.Decide);
        return made;
    }
}
