// Kappa against the check values of triage.md 11, and who needs a second look.
using Moderation.Domain.Cases;

namespace Moderation.UnitTests.Cases;

public sealed class AgreementTests
{
    private static readonly int[][] _severities =
    [
        [20, 4, 1, 0, 0],
        [3, 15, 4, 1, 0],
        [0, 3, 18, 4, 0],
        [0, 1, 2, 12, 2],
        [0, 0, 0, 1, 9],
    ];

    [Fact]
    public void Kappa_gives_the_check_values_of_the_spec()
    {
        int[][] two =
        [
            [20, 5],
            [10, 15],
        ];
        Math.Round(Agreement.Of(two)!.Kappa, 4).ShouldBe(0.4);
        Math.Round(Agreement.Of(_severities)!.Kappa, 4).ShouldBe(0.6690);
        Math.Round(Agreement.Of(_severities, quadratic: true)!.Kappa, 4).ShouldBe(0.8959);
    }

    [Fact]
    public void The_interval_lies_around_kappa_and_narrows_as_pairs_are_added()
    {
        var few = Agreement.Of(_severities)!;
        var many = Agreement.Of([.. _severities.Select(row => row.Select(n => n * 10).ToArray())])!;

        few.Low.ShouldBeLessThan(few.Kappa);
        few.High.ShouldBeGreaterThan(few.Kappa);
        many.Kappa.ShouldBe(few.Kappa, 1e-9);
        (many.High - many.Low).ShouldBe((few.High - few.Low) / Math.Sqrt(10), 1e-9);
    }

    [Fact]
    public void Where_there_is_nothing_to_agree_on_there_is_no_figure()
    {
        Agreement.OfPairs<string>([]).ShouldBeNull();
        Agreement.OfPairs([("same", "same"), ("same", "same")]).ShouldBeNull();
    }

    public static TheoryData<SecondReviewFacts, string[]> Due { get; } =
        new()
        {
            { Facts(), [] },
            { Facts() with { Action = "ban", Length = null }, ["ban"] },
            { Facts() with { Length = TimeSpan.FromDays(30) }, [] },
            { Facts() with { Length = TimeSpan.FromDays(31) }, ["long_suspension"] },
            { Facts() with { Lane = Lane.ChildSafety, Action = "none", Length = null }, ["child_safety"] },
            { Facts() with { Also = ["end_sessions"] }, [] },
            { Facts() with { Also = ["refer_authority"] }, ["referral"] },
            { Facts() with { Also = ["file_cybertip"] }, ["referral"] },
            { Facts() with { StepsUp = 1 }, [] },
            { Facts() with { StepsUp = 2 }, ["deviation_up"] },
            { Facts() with { StepsUp = -4 }, [] },
            { Facts() with { SubjectProtected = true }, ["protected_account"] },
        };

    [Theory]
    [MemberData(nameof(Due))]
    public void A_second_look_is_due_where_the_spec_says(SecondReviewFacts facts, string[] reasons) =>
        SecondReview.ReasonsFor(facts).ShouldBe(reasons);

    [Fact]
    public void Two_agree_within_one_step_and_the_milder_length_stands()
    {
        var first = new Opinion(DecisionOutcome.Violation, "harassment", "suspend", 4, 14 * 86_400);

        (first with { Step = 3, Seconds = 3 * 86_400 }).AgreesWith(first).ShouldBeTrue();
        first.Milder(first with { Seconds = 3 * 86_400 }).ShouldBe(3 * 86_400);
        (first with { Step = 2 }).AgreesWith(first).ShouldBeFalse();
        (first with { Family = "hate" }).AgreesWith(first).ShouldBeFalse();
        (first with { Action = "friction" }).AgreesWith(first).ShouldBeFalse();
        (first with { Outcome = DecisionOutcome.NoViolation }).AgreesWith(first).ShouldBeFalse();
    }

    private static SecondReviewFacts Facts() =>
        new(Lane.General, "suspend", TimeSpan.FromDays(3), [], StepsUp: 0, SubjectProtected: false);
}
