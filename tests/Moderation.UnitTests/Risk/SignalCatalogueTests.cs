// The catalogue: complete texts, the codes users may see, no protected attribute.
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class SignalCatalogueTests
{
    [Fact]
    public void Every_signal_says_when_it_is_unknown_and_why_it_may_be_wrong()
    {
        SignalCatalogue.All.Count.ShouldBeGreaterThan(50);
        SignalCatalogue.All.ShouldAllBe(s =>
            s.UnknownWhen.Length > 0 && s.MayBeWrong.Length > 10 && s.Columns.Count > 0
        );
        SignalCatalogue.All.SelectMany(s => s.Columns).Select(c => c.Id).ShouldBeUnique();
    }

    [Fact]
    public void Users_are_told_only_the_seven_coarse_codes()
    {
        string[] codes =
        [
            "contact_details",
            "connection",
            "new_account",
            "activity_pattern",
            "related_accounts",
            "reports",
            "past_decisions",
        ];

        SignalCatalogue.All.ShouldAllBe(s => codes.Contains(s.UserCode));
    }

    // risk.md 13: never an input.
    [Theory]
    [InlineData("country")]
    [InlineData("region")]
    [InlineData("language")]
    [InlineData("locale")]
    [InlineData("time_zone")]
    [InlineData("currency")]
    [InlineData("nationality")]
    [InlineData("script")]
    [InlineData("prefix")]
    [InlineData("model")]
    [InlineData("vendor")]
    [InlineData("os.")]
    [InlineData("sex")]
    [InlineData("gender")]
    [InlineData("birth")]
    [InlineData("provider")]
    public void No_protected_attribute_is_a_signal_or_a_column(string word) =>
        SignalCatalogue
            .All.SelectMany(s => s.Columns.Select(c => c.Id).Append(s.Id))
            .ShouldNotContain(id => id.Contains(word, StringComparison.Ordinal));

    [Fact]
    public void The_columns_are_named_as_in_the_fit_data()
    {
        using var reader = new StreamReader(RiskTestData.OpenShared("fit/train.csv")!);
        var columns = reader.ReadLine()!.Split(',')[..^1];

        columns.Length.ShouldBe(13);
        columns.ShouldBeSubsetOf(ScoreCard.Version0.Weights.Keys);
    }

    [Fact]
    public void No_weight_is_larger_than_three_and_a_half() =>
        ScoreCard.Version0.Weights.Values.ShouldAllBe(w => Math.Abs(w) <= 3.5);
}
