// Where a case stands in its queue: the vectors of triage.md 5.2 and what follows from them.
using Moderation.Domain.Cases;

namespace Moderation.UnitTests.Cases;

public sealed class RankTests
{
    private static readonly DateTimeOffset Due = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 0.5, 0, 0, 0)]
    [InlineData(0.75, 0.5, 0, 1, 0.375)]
    [InlineData(0.5, 0.8838, 3, 1, 0.6253)]
    [InlineData(0.25, 0.7728, 1, 0.6, 0.3681)]
    [InlineData(1, 1, 7, 1, 0.90)]
    [InlineData(0, 0.0693, 0, 0, -0.2154)]
    [InlineData(0, 0, 0, 0, -0.25)]
    public void The_weight_is_the_one_of_the_specification(
        double risk,
        double credibility,
        int further,
        double evidence,
        double weight
    ) => Rank.Terms(new RankFacts(risk, credibility, further, evidence)).Weight.ShouldBe(weight, 0.0001);

    [Fact]
    public void A_serious_case_with_high_risk_and_attested_evidence_is_placed_three_hours_earlier()
    {
        var terms = Rank.Terms(new RankFacts(0.75, 0.5, 0, 1));

        (Due - Rank.At(Due, Severity.S2, terms)).ShouldBe(TimeSpan.FromHours(3));
        (terms.Risk * Rank.Sla(Severity.S2)).ShouldBe(new TimeSpan(1, 48, 0));
        (terms.Evidence * Rank.Sla(Severity.S2)).ShouldBe(new TimeSpan(1, 12, 0));
    }

    [Theory]
    [InlineData(Severity.S0, 15)]
    [InlineData(Severity.S1, 60)]
    [InlineData(Severity.S2, 480)]
    [InlineData(Severity.S3, 1440)]
    [InlineData(Severity.S4, 4320)]
    public void The_first_look_is_due_as_the_specification_says(Severity severity, int minutes) =>
        Rank.Sla(severity).ShouldBe(TimeSpan.FromMinutes(minutes));

    [Theory]
    [InlineData(Severity.S0, Lane.General, 0)]
    [InlineData(Severity.S1, Lane.General, 1)]
    [InlineData(Severity.S2, Lane.General, 2)]
    [InlineData(Severity.S3, Lane.General, 2)]
    [InlineData(Severity.S4, Lane.General, 3)]
    [InlineData(Severity.S4, Lane.ImminentHarm, 0)]
    [InlineData(Severity.S2, Lane.ChildSafety, 0)]
    public void The_band_comes_from_severity_except_in_the_grave_lanes(Severity severity, Lane lane, int band) =>
        Rank.Band(severity, lane).ShouldBe(band);

    [Fact]
    public void Nothing_that_arrives_later_than_one_and_a_quarter_of_its_time_can_pass_a_case()
    {
        foreach (var severity in Enum.GetValues<Severity>())
        {
            var sla = Rank.Sla(severity);
            var worst = Rank.At(Due + sla, severity, Rank.Terms(new RankFacts(0, 0, 0, 0)));
            var late = Due + (1.25 * sla);
            var best = Rank.At(late + sla, severity, Rank.Terms(new RankFacts(1, 1, 1000, 1)));

            best.ShouldBeGreaterThan(worst);
        }
    }

    [Fact]
    public void The_order_by_the_stored_key_does_not_change_as_time_passes()
    {
        // Both cases age at the same speed, so the key holds no "now" at all: two computations agree.
        var facts = new RankFacts(0.5, 0.8838, 3, 1);

        Rank.At(Due, Severity.S2, Rank.Terms(facts)).ShouldBe(Rank.At(Due, Severity.S2, Rank.Terms(facts)));
    }
}
