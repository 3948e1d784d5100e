// Says which addresses this server calls of itself: public ones only, however they are written (events.md EV-13).
using System.Net;
using System.Net.Sockets;

namespace Moderation.Features.Http;

public static class OutboundAddress
{
    private static readonly IPNetwork[] ClosedV4 =
    [
        .. new[]
        {
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // carrier-grade NAT, and one cloud's metadata
            "127.0.0.0/8", // loopback
            "168.63.129.16/32", // a cloud's host agent
            "169.254.0.0/16", // link-local, and the clouds' metadata
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // 6to4 relay
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // Global unicast is the only open block of version 6; these parts of it are not open.
    private static readonly IPNetwork OpenV6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] ClosedV6 =
    [
        .. new[]
        {
            "2001::/23", // protocol assignments, Teredo (carries a version 4 address)
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4 (carries a version 4 address)
            "3fff::/20", // documentation
        }.Select(text => IPNetwork.Parse(text)),
    ];

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily switch
        {
            AddressFamily.InterNetwork => !ClosedV4.Any(block => block.Contains(address)),
            AddressFamily.InterNetworkV6 => address.ScopeId == 0
                && OpenV6.Contains(address)
                && !ClosedV6.Any(block => block.Contains(address)),
            _ => false,
        };
    }

    /// <summary>Exactly 127.0.0.1 or ::1: what `AllowLoopback` opens.</summary>
    public static bool IsOwnMachine(IPAddress address) =>
        address.Equals(IPAddress.Loopback) || address.Equals(IPAddress.IPv6Loopback);
}
