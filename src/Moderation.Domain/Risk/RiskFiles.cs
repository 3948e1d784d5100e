// The names of the lists and where each lies in a data folder of the shape of `data/risk`.
namespace Moderation.Domain.Risk;

public static class RiskFiles
{
    public const string Curated = "disposable-curated";
    public const string Aggregate = "disposable-aggregate";
    public const string PrivacyRelay = "privacy-relay";
    public const string FreeMail = "free-mail";
    public const string RoleAccounts = "role-accounts";
    public const string PublicSuffixList = "public-suffix-list";
    public const string VpnV4 = "vpn-v4";
    public const string VpnV6 = "vpn-v6";
    public const string HostingV4 = "hosting-v4";
    public const string HostingV6 = "hosting-v6";
    public const string AppleRelay = "apple-relay";
    public const string TorExits = "tor-exits";
    public const string VpnAsn = "vpn-asn";
    public const string HostingAsn = "hosting-asn";
    public const string RentedServersAsn = "rented-servers-asn";
    public const string AsnV4 = "asn-v4";
    public const string AsnV6 = "asn-v6";
    public const string AsnNames = "asn-names";

    /// <summary>Written by a refresh: version and date of every list. Without it the table of the folder's README says them.</summary>
    public const string Records = "feeds.json";
    public const string Readme = "README.md";

    public static IReadOnlyDictionary<string, string> Paths { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Curated] = "email/disposable-curated.txt",
            [Aggregate] = "email/disposable-aggregate.txt",
            [PrivacyRelay] = "email/privacy-relay.csv",
            [FreeMail] = "email/free-mail.txt",
            [RoleAccounts] = "email/role-accounts.txt",
            [PublicSuffixList] = "public_suffix_list.dat",
            [VpnV4] = "ip/vpn-v4.txt",
            [VpnV6] = "ip/vpn-v6.txt",
            [HostingV4] = "ip/hosting-v4.txt",
            [HostingV6] = "ip/hosting-v6.txt",
            [AppleRelay] = "ip/apple-relay.txt",
            [TorExits] = "ip/tor-exits.txt",
            [VpnAsn] = "ip/vpn-asn.txt",
            [HostingAsn] = "ip/hosting-asn.txt",
            // Kept by this project, see docs/decisions: the only network list that may flag, and only where ranges are absent.
            [RentedServersAsn] = "ip/rented-servers-asn.txt",
            [AsnV4] = "ip/asn-v4.csv.gz",
            [AsnV6] = "ip/asn-v6.csv.gz",
            [AsnNames] = "ip/asn-names.csv.gz",
        };
}
