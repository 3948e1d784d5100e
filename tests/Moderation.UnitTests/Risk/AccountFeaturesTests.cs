// From the facts of an account to its features: what is true, false, and unknown.
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class AccountFeaturesTests
{
    static readonly DateTimeOffset Now = RiskTestData.Now;

    static readonly AccountFacts Fresh = new()
    {
        RegisteredAt = Now.AddHours(-2),
        Email = "x1@mailinator.com",
        Addresses = [new("2.26.157.7", Now.AddHours(-2), AtRegistration: true)],
        Organisation = new(OrganisationOrigin.SelfService, Now.AddHours(-2), null, false, 1, []),
    };

    [Fact]
    public void A_fresh_self_service_account_with_throwaway_mail_on_a_vpn_is_critical_but_argues_for_step_up_only()
    {
        var (features, score) = RiskAssessment.Of(Fresh, RiskTestData.Snapshot, Now);

        features["ip.vpn"]!.Value.ShouldBe(1);
        features["email.disposable.curated"]!.Source.ShouldBe("disposable-curated@2026-07-22");
        score
            .Reasons.Select(r => r.Code)
            .ShouldBe(["email.disposable.curated", "account.age", "ip.vpn", "org.self_service"]);
        score.Logit.ShouldBe(-1.0, 0.01);
        score.ArguedLevel.ShouldBe(3);
    }

    [Fact]
    public void The_same_facts_lists_and_moment_give_the_same_score_bit_for_bit()
    {
        var first = RiskAssessment.Of(Fresh, RiskTestData.Snapshot, Now);
        var again = ScoreCard.Version0.Score(first.Features);

        System
            .Text.Json.JsonSerializer.Serialize(again)
            .ShouldBe(System.Text.Json.JsonSerializer.Serialize(first.Score));
    }

    [Fact]
    public void No_raw_address_is_copied_into_a_feature()
    {
        var json = System.Text.Json.JsonSerializer.Serialize(RiskAssessment.Of(Fresh, RiskTestData.Snapshot, Now));

        json.ShouldNotContain("2.26.157.7");
        json.ShouldNotContain("x1@");
    }

    [Fact]
    public void Without_lists_their_signals_are_unknown_and_the_score_stands_on_the_rest()
    {
        var (features, score) = RiskAssessment.Of(Fresh, null, Now);

        features["ip.vpn"].ShouldBeNull();
        features["ip.tor_exit"].ShouldBeNull();
        features["email.disposable.curated"].ShouldBeNull();
        score.GroupCoverage["email"].ShouldBe(0);
        score.Reasons.Select(r => r.Code).ShouldBe(["account.age", "org.self_service"]);
    }

    [Fact]
    public void What_was_computed_is_not_among_the_unknown_signals()
    {
        var unknown = AccountFeatures.Of(Fresh, RiskTestData.Snapshot, Now).UnknownSignals().ToList();

        unknown.ShouldContain("velocity.device");
        unknown.ShouldContain("ip.residential_proxy");
        unknown.ShouldNotContain("velocity.meetings");
        unknown.ShouldNotContain("account.age");
    }

    [Fact]
    public void Without_an_address_the_network_is_unknown()
    {
        var features = AccountFeatures.Of(Fresh with { Addresses = [] }, RiskTestData.Snapshot, Now);

        features.Known.Keys.ShouldNotContain(k => k.StartsWith("ip."));
    }

    [Fact]
    public void The_registration_and_the_sign_ins_of_the_last_day_count_and_the_youngest_that_holds_wins()
    {
        var facts = Fresh with
        {
            RegisteredAt = Now.AddDays(-14),
            Addresses =
            [
                new("2.26.157.7", Now.AddDays(-14), AtRegistration: true),
                new("2.26.157.8", Now.AddHours(-6), AtRegistration: false),
                new("9.9.9.9", Now.AddHours(-1), AtRegistration: false),
            ],
        };

        AccountFeatures.Of(facts, RiskTestData.Snapshot, Now)["ip.vpn"]!.AgeHours.ShouldBe(6, 1e-9);
        var onlyOld = facts with
        {
            Addresses = [facts.Addresses[1] with { At = Now.AddHours(-25) }, facts.Addresses[2]],
        };
        AccountFeatures.Of(onlyOld, RiskTestData.Snapshot, Now)["ip.vpn"]!.Value.ShouldBe(0);
    }

    [Fact]
    public void The_platforms_own_proxy_address_leaves_the_network_unknown()
    {
        var facts = Fresh with { Addresses = [new("10.0.0.1", Now, AtRegistration: true)] };
        var features = AccountFeatures.Of(facts, RiskTestData.Snapshot, Now);

        features["ip.unroutable"]!.Value.ShouldBe(1);
        features["ip.vpn"].ShouldBeNull();
    }

    [Fact]
    public void Kinds_that_the_platform_does_not_send_are_unknown_not_false()
    {
        var features = AccountFeatures.Of(Fresh with { Sends = FeedKinds.None }, RiskTestData.Snapshot, Now);

        features["org.self_service"].ShouldBeNull();
        features["org.single_member"].ShouldBeNull();
        features["host.clean_meetings"].ShouldBeNull();
        features["velocity.meetings.1h"].ShouldBeNull();
        features["account.first_host_delay"].ShouldBeNull();
    }

    [Fact]
    public void A_single_member_says_something_only_after_a_day()
    {
        Single(Now.AddHours(-23), 1).ShouldBeNull();
        Single(Now.AddHours(-24), 1).ShouldBe(1);
        Single(Now.AddHours(-1), 2).ShouldBe(0);
        Single(Now.AddHours(-30), null).ShouldBeNull();

        static double? Single(DateTimeOffset created, int? members) =>
            AccountFeatures
                .Of(
                    Fresh with
                    {
                        Organisation = new(OrganisationOrigin.SelfService, created, null, false, members, []),
                    },
                    RiskTestData.Snapshot,
                    Now
                )["org.single_member"]
                ?.Value;
    }

    [Theory]
    [InlineData("acme.com", "boss@acme.com", 0)]
    [InlineData("acme.com", "boss@mail.acme.com", 0)]
    [InlineData("acme.co.uk", "boss@other.co.uk", 1)]
    [InlineData("acme.com", "boss@gmail.com", 0)]
    [InlineData("acme.com", "boss@mozmail.com", 0)]
    public void A_domain_mismatch_needs_mail_on_another_domain_that_is_not_free_mail(
        string domain,
        string email,
        double expected
    )
    {
        var facts = Fresh with
        {
            Email = email,
            Organisation = new(OrganisationOrigin.SelfService, Now, domain, false, 1, []),
        };

        AccountFeatures.Of(facts, RiskTestData.Snapshot, Now)["org.domain_mismatch"]!.Value.ShouldBe(expected);
    }

    [Fact]
    public void Hosting_at_once_and_often_is_counted()
    {
        var meetings = Enumerable
            .Range(0, 5)
            .Select(i => new HostedMeeting(Now.AddMinutes(-115 + 20 * i), TimeSpan.FromMinutes(15), 8, i == 0))
            .ToList();
        var features = AccountFeatures.Of(Fresh with { Meetings = meetings }, RiskTestData.Snapshot, Now);

        features["account.first_host_delay"]!.Value.ShouldBe(5 / 60.0, 1e-9);
        features["host.clean_meetings"]!.Value.ShouldBe(4);
        features["velocity.meetings.1h"]!.Value.ShouldBe(2);
        features["velocity.meetings.24h"]!.Value.ShouldBe(5);
    }

    [Fact]
    public void Who_never_hosted_has_no_clean_meeting_and_did_not_host_at_once()
    {
        var score = RiskAssessment.Of(Fresh, RiskTestData.Snapshot, Now).Score;

        score.Reasons.ShouldNotContain(r => r.Code == "account.first_host_delay" || r.Code == "host.clean_meetings");
        score.GroupCoverage["tenure"].ShouldBe(1);
    }
}
