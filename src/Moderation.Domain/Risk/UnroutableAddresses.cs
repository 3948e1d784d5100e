// Says which addresses are not globally routable, from the IANA special-purpose registries (RFC 6890 and its updates).
namespace Moderation.Domain.Risk;

static class UnroutableAddresses
{
    public const string Source = "special-purpose@rfc6890";

    static readonly string[] Networks =
    [
        "0.0.0.0/8", // RFC 791 this network
        "10.0.0.0/8", // RFC 1918
        "100.64.0.0/10", // RFC 6598 shared space
        "127.0.0.0/8", // RFC 1122 loopback
        "169.254.0.0/16", // RFC 3927 link-local
        "172.16.0.0/12", // RFC 1918
        "192.0.0.0/24", // RFC 6890 protocol assignments
        "192.0.2.0/24", // RFC 5737 documentation
        "192.168.0.0/16", // RFC 1918
        "198.18.0.0/15", // RFC 2544 benchmarking
        "198.51.100.0/24", // RFC 5737 documentation
        "203.0.113.0/24", // RFC 5737 documentation
        "224.0.0.0/4", // RFC 5771 multicast
        "240.0.0.0/4", // RFC 1112 reserved, and the limited broadcast address
        // IPv6 outside 2000::/3 is not global unicast (RFC 4291 2.4): unspecified, loopback, local, link-local, multicast, unassigned.
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001::/23", // RFC 2928 protocol assignments
        "2001:db8::/32", // RFC 3849 documentation
        "3fff::/20", // RFC 9637 documentation
    ];

    // More specific assignments inside the blocks above that the registries list as globally reachable. Teredo and 6to4
    // are "not applicable" there: they were routed, so they are left to the lists.
    static readonly string[] Reachable =
    [
        "192.0.0.9/32", // RFC 7723 port control protocol anycast
        "192.0.0.10/32", // RFC 8155 TURN anycast
        "2001::/32", // RFC 4380 Teredo
        "2001:1::1/128", // RFC 7723
        "2001:1::2/128", // RFC 8155
        "2001:1::3/128", // RFC 9665
        "2001:3::/32", // RFC 7450 AMT
        "2001:4:112::/48", // RFC 7535 AS112
        "2001:20::/28", // RFC 7343 ORCHIDv2
        "2001:30::/28", // RFC 9374 drone remote id
    ];

    static readonly (Ipv4Table<int> V4, Ipv6Table<int> V6) Tables = Build();

    public static bool Contains(NetworkAddress address) =>
        (address.IsIpv4 ? Tables.V4[address.Ipv4] : Tables.V6[address.Value]) == 1;

    static (Ipv4Table<int>, Ipv6Table<int>) Build()
    {
        var v4 = new List<AddressRange<uint, int>>();
        var v6 = new List<AddressRange<UInt128, int>>();
        foreach (var (network, value) in Networks.Select(n => (n, 1)).Concat(Reachable.Select(n => (n, 0))))
        {
            if (!AddressText.TryParseNetwork(network, out var first, out var last, out var isIpv4))
                throw new InvalidOperationException($"{network} is not a network");
            if (isIpv4)
                v4.Add(new AddressRange<uint, int>((uint)first, (uint)last, value));
            else
                v6.Add(new AddressRange<UInt128, int>(first, last, value));
        }
        return (new Ipv4Table<int>(AddressRanges.Nest(v4)), new Ipv6Table<int>(AddressRanges.Nest(v6)));
    }
}
