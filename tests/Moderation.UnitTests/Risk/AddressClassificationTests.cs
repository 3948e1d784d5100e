// Classification of addresses: strict reading, unroutable space, relays that clear, what is unknown.
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class AddressClassificationTests
{
    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.4 ")]
    [InlineData("0x1.2.3.4")]
    [InlineData("1.2.3.")]
    [InlineData("16909060")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[2a00::1]")]
    [InlineData("1::2::3")]
    [InlineData(":1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7::8")]
    [InlineData("12345::")]
    [InlineData("::ffff:01.2.3.4")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData(":::")]
    [InlineData(":")]
    public void What_is_not_written_strictly_is_malformed(string text) =>
        AddressClassification.Of(RiskTestData.Snapshot, text).IsMalformed.ShouldBeTrue();

    [Theory]
    [InlineData("2A00:1450:0000:0000::0001", "2a00:1450::1")]
    [InlineData("::ffff:9.8.7.6", "9.8.7.6")]
    [InlineData("::ffff:0908:0706", "9.8.7.6")]
    [InlineData("64:ff9b::9.8.7.6", "9.8.7.6")]
    [InlineData("64:ff9b:0:0:0:0:908:706", "9.8.7.6")]
    [InlineData("2a00:1:2:3:4:5:6::", "2a00:1:2:3:4:5:6:0")]
    public void Mapped_and_translated_addresses_are_their_ipv4(string text, string canonical)
    {
        AddressText.TryParse(text, out var address).ShouldBeTrue();
        address.ToString().ShouldBe(canonical);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.0")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.2.1")]
    [InlineData("203.0.113.40")]
    [InlineData("0.0.0.0")]
    [InlineData("255.255.255.255")]
    [InlineData("224.0.0.1")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("2001:db8::1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::192.168.1.1")]
    [InlineData("64:ff9b:1::1")]
    public void Space_that_is_not_routed_globally_is_unroutable_and_nothing_else(string text)
    {
        var found = AddressClassification.Of(RiskTestData.Snapshot, text);

        found.True.ShouldBe(AddressClasses.Unroutable);
        found.Holds(AddressClasses.Vpn).ShouldBeNull();
    }

    [Theory]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.0.9")]
    [InlineData("198.20.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2001:4:112::1")]
    [InlineData("2600::1")]
    public void The_neighbours_of_unroutable_space_are_routable(string text) =>
        AddressClassification.Of(RiskTestData.Snapshot, text).True.HasFlag(AddressClasses.Unroutable).ShouldBeFalse();

    [Fact]
    public void No_address_of_the_relay_is_called_vpn_or_hosting()
    {
        var rows = File.ReadAllLines(Path.Combine(TestPaths.Shared, "data/risk/ip/apple-relay.txt"));
        rows.Length.ShouldBeGreaterThan(3000);
        foreach (var row in rows)
        {
            AddressText.TryParseNetwork(row, out var first, out var last, out _).ShouldBeTrue();
            foreach (var value in new[] { first, last })
            {
                var text = new NetworkAddress(value, IsIpv4: true).ToString();
                AddressClassification.Of(RiskTestData.Snapshot, text).True.ShouldBe(AddressClasses.AppleRelay, text);
            }
        }
    }

    [Fact]
    public void Vpn_hosting_and_tor_are_three_signals()
    {
        var lists = Lists(
            vpn: "9.9.0.0/16",
            hosting: "9.9.9.0/24\n9.10.0.0/24",
            relay: "9.9.8.0/24",
            tor: "9.9.9.9\n9.11.0.1"
        );

        True(lists, "9.9.1.1").ShouldBe(AddressClasses.Vpn);
        True(lists, "9.9.9.1").ShouldBe(AddressClasses.Vpn | AddressClasses.Hosting);
        True(lists, "9.9.9.9").ShouldBe(AddressClasses.Vpn | AddressClasses.Hosting | AddressClasses.TorExit);
        True(lists, "9.9.8.1").ShouldBe(AddressClasses.AppleRelay);
        True(lists, "9.10.0.255").ShouldBe(AddressClasses.Hosting);
        True(lists, "9.11.0.1").ShouldBe(AddressClasses.TorExit);
        True(lists, "9.12.0.1").ShouldBe(AddressClasses.None);

        static AddressClasses True(RiskSnapshot lists, string text) => AddressClassification.Of(lists, text).True;
    }

    [Theory]
    [InlineData("2606:4700::1111")] // AS13335
    [InlineData("2001:df0:45f::1")] // AS54113
    public void In_the_relay_operators_ipv6_networks_vpn_and_hosting_are_unknown(string text)
    {
        var found = AddressClassification.Of(RiskTestData.Snapshot, text);

        found.Holds(AddressClasses.Vpn).ShouldBeNull();
        found.Holds(AddressClasses.Hosting).ShouldBeNull();
        found.Holds(AddressClasses.TorExit).ShouldBe(false);
    }

    [Fact]
    public void With_an_ipv6_relay_list_nothing_is_unknown_in_those_networks()
    {
        var lists = RiskTestData.Of(
            (RiskFiles.VpnV6, "2606:4700::/32"),
            (RiskFiles.HostingV6, "2606:4700::/32"),
            (RiskFiles.AppleRelay, "2606:4700:1::/48"),
            (RiskFiles.TorExits, "2606:4700::9"),
            (RiskFiles.AsnV6, "2606:4700::,2606:4700:ffff:ffff:ffff:ffff:ffff:ffff,13335")
        );

        AddressClassification.Of(lists, "2606:4700::1").Unknown.ShouldBe(AddressClasses.None);
        AddressClassification.Of(lists, "2606:4700::1").True.ShouldBe(AddressClasses.Vpn | AddressClasses.Hosting);
        AddressClassification.Of(lists, "2606:4700:1::1").True.ShouldBe(AddressClasses.AppleRelay);
    }

    [Fact]
    public void Without_lists_nothing_is_false()
    {
        var found = AddressClassification.Of(RiskSnapshot.Empty, "9.9.9.9");

        found.True.ShouldBe(AddressClasses.None);
        found.Holds(AddressClasses.Vpn).ShouldBeNull();
        found.Holds(AddressClasses.Hosting).ShouldBeNull();
        found.Holds(AddressClasses.TorExit).ShouldBeNull();
    }

    [Fact]
    public void An_exit_list_older_than_a_day_makes_tor_unknown()
    {
        var lists = RiskTestData.Snapshot;
        var asOf = lists.Sources[RiskFiles.TorExits].AsOf!.Value;

        AddressClassification.Of(lists, "2.56.10.36", asOf.AddHours(24)).Holds(AddressClasses.TorExit).ShouldBe(true);
        AddressClassification.Of(lists, "2.56.10.36", asOf.AddHours(25)).Holds(AddressClasses.TorExit).ShouldBeNull();
        AddressClassification.Of(lists, "2.56.10.36").Holds(AddressClasses.TorExit).ShouldBe(true);
    }

    [Fact]
    public void Only_where_ranges_are_absent_do_networks_that_rent_out_servers_flag_hosting_and_others_stay_unknown()
    {
        (string, string)[] networks =
        [
            (RiskFiles.RentedServersAsn, "AS24940 # rents out servers"),
            (RiskFiles.AsnV4, "9.9.0.0,9.9.255.255,24940\n9.10.0.0,9.10.255.255,3320"),
        ];
        var alone = RiskTestData.Of(networks);
        var withRanges = RiskTestData.Of([.. networks, (RiskFiles.HostingV4, "9.200.0.0/16")]);

        AddressClassification.Of(alone, "9.9.1.1").Holds(AddressClasses.Hosting).ShouldBe(true);
        AddressClassification.Of(alone, "9.10.1.1").Holds(AddressClasses.Hosting).ShouldBeNull();
        AddressClassification.Of(withRanges, "9.9.1.1").Holds(AddressClasses.Hosting).ShouldBe(false);
    }

    static RiskSnapshot Lists(string vpn, string hosting, string relay, string tor) =>
        RiskTestData.Of(
            (RiskFiles.VpnV4, vpn),
            (RiskFiles.HostingV4, hosting),
            (RiskFiles.AppleRelay, relay),
            (RiskFiles.TorExits, tor)
        );
}
