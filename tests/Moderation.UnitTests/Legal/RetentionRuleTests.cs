// How long a rule lasts: calendar months and days, leap days, hours; and that every row of the table can be read.
using System.Globalization;
using Moderation.Domain.Legal;

namespace Moderation.UnitTests.Legal;

public sealed class RetentionRuleTests
{
    [Theory]
    [InlineData("P1M", "2027-01-31T10:00:00Z", "2027-02-28T10:00:00Z")]
    [InlineData("P1M", "2028-01-31T10:00:00Z", "2028-02-29T10:00:00Z")]
    [InlineData("P1Y", "2028-02-29T10:00:00Z", "2029-02-28T10:00:00Z")]
    [InlineData("P12M", "2026-11-24T10:00:00Z", "2027-11-24T10:00:00Z")]
    [InlineData("P90D", "2026-11-24T10:00:00Z", "2027-02-23T00:00:00Z")]
    [InlineData("P1D", "2026-12-31T23:59:59Z", "2027-01-02T00:00:00Z")]
    [InlineData("PT24H", "2026-11-24T10:00:00Z", "2026-11-25T10:00:00Z")]
    [InlineData("P1D", "2027-03-28T00:30:00+02:00", "2027-03-29T00:00:00Z")]
    public void A_time_ends_by_the_calendar(string value, string start, string end) =>
        (RetentionRules.Of("us.2703f") with { Value = value })
            .EndOf(DateTimeOffset.Parse(start, CultureInfo.InvariantCulture))
            .ShouldBe(DateTimeOffset.Parse(end, CultureInfo.InvariantCulture));

    [Fact]
    public void Every_row_says_its_source_and_has_a_duration_that_is_understood()
    {
        RetentionRules.All.Count.ShouldBeGreaterThan(5);
        foreach (var rule in RetentionRules.All)
        {
            rule.Citation.ShouldNotBeNullOrWhiteSpace();
            rule.Confidence.ShouldBeOneOf("solid", "second-hand");
            rule.Kind.ShouldBeOneOf("retention", "hold");
            if (rule.Value is not null)
                rule.EndOf(DateTimeOffset.UnixEpoch)!.Value.ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        }
    }

    [Fact]
    public void A_hold_without_an_end_ends_never() =>
        RetentionRules.Of("own.litigation").EndOf(DateTimeOffset.UnixEpoch).ShouldBeNull();
}
