// The policy document: every clause of triage.md 16, and what is recommended for it.
using System.Text;
using System.Text.RegularExpressions;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Staff;
using Moderation.Features.Triage.Policy;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Triage;

public sealed partial class PolicyTests(App app) : IClassFixture<App>
{
    [Fact]
    public void The_document_holds_every_clause_of_the_specification_with_its_severity_and_lane()
    {
        var rows = SpecifiedClause().Matches(File.ReadAllText(TestPaths.Shared("spec", "triage.md")));
        rows.Count.ShouldBe(36);

        foreach (var groups in rows.Select(row => row.Groups))
        {
            var clause = PolicyDocument.InForce.ClauseOf(groups[1].Value).ShouldNotBeNull();
            clause.Severity.ToString().ShouldBe(groups[2].Value);
            clause.Lane.ToString().ShouldBe(groups[3].Value.Replace("_", ""), StringCompareShould.IgnoreCase);
        }
        PolicyDocument.InForce.Clauses.Count.ShouldBe(rows.Count);
    }

    [Theory]
    [InlineData("S4", "warn", null)]
    [InlineData("S3", "friction", 7)]
    [InlineData("S2", "suspend", 3)]
    [InlineData("S1", "suspend", 30)]
    [InlineData("S0", "ban", null)]
    public async Task The_ladder_recommends_by_severity(string severity, string action, int? days)
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);

        var policy = await TriageData.ReadAsync<PolicyShape>(await analyst.Http.GetAsync("/v1/policy"));

        policy
            .Clauses.Single(c => c.Code == "hate.speech")
            .Recommendations.Single(r => r.Severity == severity)
            .ShouldBe(new RecommendationShape(severity, action, days));
    }

    [Fact]
    public void A_clauses_limits_hold_the_ladder()
    {
        var policy = PolicyDocument.InForce;

        policy.Recommend(policy.ClauseOf("self_harm.risk")!, Severity.S0).Action.ShouldBe("none");
        policy.Recommend(policy.ClauseOf("child_safety.csam")!, Severity.S4).Action.ShouldBe("ban");
        policy.Recommend(policy.ClauseOf("ip.copyright")!, Severity.S0).Days.ShouldBe(14);
    }

    [Theory]
    [InlineData(0, "S4", 0, "warn")]
    [InlineData(0, "S4", 9, "warn")]
    [InlineData(0, "S4", 10, "none")]
    [InlineData(0, "S3", 10, "warn")]
    [InlineData(1, "S3", 10, "friction_7d")]
    [InlineData(0, "S2", 10, "suspend_3d")]
    [InlineData(1, "S2", 0, "suspend_3d")]
    [InlineData(2, "S2", 0, "suspend_14d")]
    [InlineData(4, "S2", 0, "suspend_30d")]
    [InlineData(7, "S2", 0, "suspend_30d")]
    [InlineData(8, "S2", 0, "ban")]
    [InlineData(0, "S0", 50, "ban")]
    public void Points_first_offence_and_ladder_recommend_as_the_spec_says(
        int active,
        string severity,
        int cleanMeetings,
        string step
    )
    {
        var policy = PolicyDocument.InForce;
        // A clause without narrower limits, so that the ladder shows.
        var clause = policy.ClauseOf("hate.speech")! with
        {
            AtLeast = "none",
        };

        policy.Recommend(clause, Enum.Parse<Severity>(severity), active, cleanMeetings).Step.Step.ShouldBe(step);
    }

    [Theory]
    [InlineData("\"version\": \"x\", \"colour\": 1")]
    [InlineData("\"version\": \"x\", \"clauses\": []")]
    public void A_document_with_an_unknown_or_a_missing_member_is_not_taken(string members) =>
        Should.Throw<System.Text.Json.JsonException>(() =>
            PolicyDocument.Parse(Encoding.UTF8.GetBytes($"{{{members}}}"))
        );

    [GeneratedRegex(@"^\| `([a-z_]+\.[a-z_]+)` \| (S\d) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex SpecifiedClause();
}
