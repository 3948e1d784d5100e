// The score card: check values of the specification, unknown is not false, caps, order, reasons.
using System.Collections.Immutable;
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class ScoreCardTests
{
    static readonly ScoreCard Card = ScoreCard.Version0;

    public static TheoryData<string, double, double, RiskBand, (string, double)[]> CheckValues { get; } =
        new()
        {
            { "nothing", -4.60, 0.0100, RiskBand.Low, [] },
            {
                "VPN + hosting + Tor + residential proxy, cap 1.5",
                -3.10,
                0.0431,
                RiskBand.Medium,
                [("ip.vpn", 1), ("ip.hosting", 1), ("ip.tor_exit", 1), ("ip.residential_proxy", 1)]
            },
            {
                "curated throwaway, VPN in a datacentre, self-service, 2 h old",
                -1.00,
                0.2689,
                RiskBand.Critical,
                [
                    ("email.disposable.curated", 1),
                    ("ip.vpn", 1),
                    ("ip.hosting", 1),
                    ("org.self_service", 1),
                    ("account.age", 2),
                ]
            },
            {
                "VPN in a datacentre, self-service, < 1 h old",
                -2.60,
                0.0691,
                RiskBand.Medium,
                [("ip.vpn", 1), ("ip.hosting", 1), ("org.self_service", 1), ("account.age", 0.5)]
            },
            {
                // "The same" is the account of the third case: −1.00 − 1.0 − 1.5. The row above would give −5.10.
                "the same with phone and payment verified",
                -3.50,
                0.0293,
                RiskBand.Medium,
                [
                    ("email.disposable.curated", 1),
                    ("ip.vpn", 1),
                    ("ip.hosting", 1),
                    ("org.self_service", 1),
                    ("account.age", 2),
                    ("verify.phone", 1),
                    ("verify.payment", 1),
                ]
            },
            {
                "iCloud relay mail + Private Relay + self-service, 2 h old",
                -3.60,
                0.0266,
                RiskBand.Medium,
                [("email.relay", 1), ("ip.relay.apple", 1), ("org.self_service", 1), ("account.age", 2)]
            },
            {
                "device burst 1 h, throwaway, < 1 h old",
                0.40,
                0.5987,
                RiskBand.Critical,
                [("velocity.device.1h", 2), ("email.disposable.curated", 1), ("account.age", 0.5)]
            },
            {
                "three years old, 20 clean meetings, VPN",
                -6.50,
                0.0015,
                RiskBand.None,
                [("account.age", 3 * 365 * 24), ("host.clean_meetings", 20), ("ip.vpn", 1)]
            },
        };

    [Theory]
    [MemberData(nameof(CheckValues), DisableDiscoveryEnumeration = true)]
    public void The_check_values_of_the_specification_come_out(
        string name,
        double logit,
        double p,
        RiskBand band,
        (string, double)[] features
    )
    {
        var score = Card.Score(Vector(features));

        score.Logit.ShouldBe(logit, 1e-9, name);
        Math.Round(score.Probability, 4).ShouldBe(p, name);
        score.Band.ShouldBe(band, name);
    }

    [Fact]
    public void Unknown_is_not_false_for_any_signal()
    {
        foreach (var signal in SignalCatalogue.All)
        foreach (var column in signal.Columns)
        {
            var weight = Card.Weights[column.Id];
            var known = AllFalse();
            var complete = Card.Score(new FeatureVector(RiskTestData.Now, null, known.ToImmutable()));
            known.Remove(signal.FeatureOf(column));
            var without = Card.Score(new FeatureVector(RiskTestData.Now, null, known.ToImmutable()));

            complete.Coverage.ShouldBe(1);
            without.Reasons.ShouldNotContain(r => r.Code == signal.Id);
            if (weight != 0)
            {
                without.Coverage.ShouldBeLessThan(1, column.Id);
                without.GroupCoverage[signal.Group].ShouldBeLessThan(1, column.Id);
            }
        }
    }

    [Fact]
    public void With_nothing_known_the_score_is_the_base_rate_on_thin_evidence()
    {
        var score = Card.Score(
            new FeatureVector(RiskTestData.Now, null, ImmutableSortedDictionary<string, Feature>.Empty)
        );

        score.Logit.ShouldBe(Card.Intercept);
        score.Coverage.ShouldBe(0);
        score.IsThin.ShouldBeTrue();
        score.Reasons.ShouldBeEmpty();
        score.Shown.ShouldBe(500);
    }

    [Fact]
    public void Network_signals_beyond_the_cap_change_nothing()
    {
        var atCap = Card.Score(Vector(("ip.vpn", 1), ("ip.tor_exit", 1)));
        var beyond = Card.Score(
            Vector(("ip.vpn", 1), ("ip.tor_exit", 1), ("ip.residential_proxy", 1), ("ip.public_proxy", 1))
        );

        beyond.Logit.ShouldBe(atCap.Logit);
        beyond.Logit.ShouldBe(Card.Intercept + 1.5);
    }

    [Fact]
    public void No_group_leaves_its_caps()
    {
        foreach (var group in SignalCatalogue.All.GroupBy(s => s.Group))
        {
            var columns = group.SelectMany(s => s.Columns.Select(c => (s, c)));
            foreach (var value in new double[] { 0, 0.01, 1, 2, 3, 6, 25, 1e6 })
            {
                var features = columns.Select(x => (x.s.FeatureOf(x.c), value)).ToArray();
                var contribution = Card.Score(Vector(features)).Logit - Card.Intercept;
                contribution.ShouldBeInRange(Card.Caps[group.Key][0] - 1e-9, Card.Caps[group.Key][1] + 1e-9, group.Key);
            }
        }
    }

    [Fact]
    public void The_order_in_which_signals_arrive_changes_no_bit()
    {
        (string, double)[] features =
        [
            ("email.disposable.curated", 1),
            ("ip.vpn", 1),
            ("ip.tor_exit", 1),
            ("org.self_service", 1),
            ("account.age", 0.5),
            ("report.credible_open", 0.37),
            ("verify.phone", 0.3),
        ];
        var forward = Card.Score(Vector(features));
        var backward = Card.Score(Vector([.. features.Reverse()]));

        BitConverter.DoubleToInt64Bits(backward.Logit).ShouldBe(BitConverter.DoubleToInt64Bits(forward.Logit));
        backward
            .Reasons.Select(r => (r.Code, r.Contribution))
            .ShouldBe(forward.Reasons.Select(r => (r.Code, r.Contribution)));
    }

    [Fact]
    public void Of_a_signals_bins_only_the_first_that_holds_counts()
    {
        Card.Score(Vector(("velocity.device.1h", 1), ("velocity.device.24h", 5), ("velocity.device.7d", 9)))
            .Logit.ShouldBe(Card.Intercept + 2.0, 1e-12);
        Card.Score(Vector(("velocity.device.24h", 5), ("velocity.device.7d", 9)))
            .Logit.ShouldBe(Card.Intercept + 1.0, 1e-12);
        Card.Score(Vector(("account.age", 0.99))).Logit.ShouldBe(Card.Intercept + 1.0, 1e-12);
        Card.Score(Vector(("account.age", 1))).Logit.ShouldBe(Card.Intercept + 0.6, 1e-12);
        Card.Score(Vector(("account.age", 24))).Logit.ShouldBe(Card.Intercept + 0.3, 1e-12);
        Card.Score(Vector(("account.age", 180 * 24))).Logit.ShouldBe(Card.Intercept - 1.0, 1e-12);
        Card.Score(Vector(("churn.new_identity", 2))).Logit.ShouldBe(Card.Intercept + 2.8, 1e-12);
    }

    [Fact]
    public void Hosting_weighs_nothing_where_vpn_holds()
    {
        Card.Score(Vector(("ip.hosting", 1))).Logit.ShouldBe(Card.Intercept + 0.5, 1e-12);
        Card.Score(Vector(("ip.hosting", 1), ("ip.vpn", 1))).Logit.ShouldBe(Card.Intercept + 0.6, 1e-12);
    }

    [Fact]
    public void A_signal_loses_half_its_weight_in_a_half_life()
    {
        var known = AllFalse();
        known["ip.vpn"] = new Feature(1, AgeHours: 7 * 24);

        Card.Score(new FeatureVector(RiskTestData.Now, null, known.ToImmutable()))
            .Logit.ShouldBe(Card.Intercept + 0.3, 1e-12);
    }

    [Fact]
    public void Privacy_tools_by_themselves_weigh_nothing() =>
        Card.Score(Vector(("email.relay", 1), ("ip.relay.apple", 1), ("email.free", 1), ("ip.shared", 1)))
            .Logit.ShouldBe(Card.Intercept);

    [Fact]
    public void Reasons_are_at_most_six_raising_ones_by_size_then_three_protective_ones()
    {
        var score = Card.Score(
            Vector(
                ("email.disposable.curated", 1),
                ("ip.tor_exit", 1),
                ("org.self_service", 1),
                ("account.age", 0.5),
                ("velocity.device.1h", 1),
                ("churn.new_identity", 2),
                ("link.suspended.likely", 1),
                ("report.credible_open", 1),
                ("verify.phone", 1),
                ("verify.payment", 1),
                ("verify.sso", 1),
                ("verify.voucher", 1)
            )
        );

        var raising = score.Reasons.TakeWhile(r => !r.IsProtective).ToList();
        var protective = score.Reasons.Skip(raising.Count).ToList();
        raising.Count.ShouldBe(6);
        protective.Count.ShouldBe(3);
        protective.ShouldAllBe(r => r.IsProtective && r.Multiplier < 1);
        raising.Select(r => r.Contribution).ShouldBeInOrder(SortDirection.Descending);
        raising[0].Code.ShouldBe("link.suspended.likely");
        raising.ShouldAllBe(r => r.MayBeWrong.Length > 0 && r.Multiplier > 1);
        score.UserCodes.ShouldBe(["related_accounts", "reports", "contact_details", "activity_pattern", "connection"]);
    }

    [Fact]
    public void A_capped_group_shares_its_cap_in_proportion()
    {
        var score = Card.Score(Vector(("ip.vpn", 1), ("ip.tor_exit", 1), ("ip.public_proxy", 1)));

        score.Reasons.Sum(r => r.Contribution).ShouldBe(1.5, 1e-12);
        score.Reasons.Single(r => r.Code == "ip.vpn").Contribution.ShouldBe(0.6 * 1.5 / 2.5, 1e-12);
        score.Reasons.Single(r => r.Code == "ip.vpn").Multiplier.ShouldBe(Math.Exp(0.36), 1e-12);
    }

    [Fact]
    public void Origin_alone_argues_for_no_more_than_level_three()
    {
        var origin = Vector(("email.disposable.curated", 1), ("ip.tor_exit", 1), ("ip.vpn", 1), ("account.age", 0.5));
        Card.Score(origin).Band.ShouldBe(RiskBand.Critical);
        Card.Score(origin).ArguedLevel.ShouldBe(3);

        Card.Score(Vector(("email.disposable.curated", 1), ("velocity.device.1h", 1), ("account.age", 0.5)))
            .ArguedLevel.ShouldBe(4);
    }

    [Theory]
    [InlineData(0.00499, RiskBand.None)]
    [InlineData(0.005, RiskBand.Low)]
    [InlineData(0.02, RiskBand.Medium)]
    [InlineData(0.08, RiskBand.High)]
    [InlineData(0.25, RiskBand.Critical)]
    public void A_border_belongs_to_the_upper_band(double p, RiskBand band) => RiskBands.Of(p).ShouldBe(band);

    [Fact]
    public void Twenty_points_double_the_odds() =>
        (Card.Score(Vector(("email.disposable.curated", 1))).Shown - 500).ShouldBe(
            (int)Math.Round(20 * (2.0 - 0.00488) / Math.Log(2))
        );

    static FeatureVector Vector(params (string Name, double Value)[] set)
    {
        var known = AllFalse();
        foreach (var (name, value) in set)
            known[name] = new Feature(value);
        return new FeatureVector(RiskTestData.Now, "test", known.ToImmutable());
    }

    static ImmutableSortedDictionary<string, Feature>.Builder AllFalse()
    {
        var known = ImmutableSortedDictionary.CreateBuilder<string, Feature>(StringComparer.Ordinal);
        foreach (var signal in SignalCatalogue.All)
        foreach (var column in signal.Columns)
            known[signal.FeatureOf(column)] = new Feature(0);
        known["account.age"] = new Feature(10 * 24);
        known["account.first_host_delay"] = new Feature(double.MaxValue);
        return known;
    }
}
