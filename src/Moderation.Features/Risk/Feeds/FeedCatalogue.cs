// Every list the product uses, its guards, and where a machine that reaches only package registries gets it from.
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk.Feeds;

public static class FeedCatalogue
{
    private const string AsnPackage = "@ip-location-db/asn";
    private const string AsnVersion = "2.3.2026061719";
    private const string AsnSha256 = "b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153";
    private const string PublicSuffixFile = "/usr/share/publicsuffix/public_suffix_list.dat";

    private static readonly TimeSpan Fortnight = TimeSpan.FromDays(14);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    /// <summary>Relays first: the canaries of the throwaway lists are the relays in use.</summary>
    public static IReadOnlyList<Feed> All { get; } =
    [
        new(RiskFiles.PrivacyRelay, "CC0-1.0", 20, 500, Year, [Own(RiskFiles.PrivacyRelay)]),
        new(
            RiskFiles.Curated,
            "CC0-1.0",
            5_000,
            50_000,
            Fortnight,
            [
                new FeedSource.Package(
                    "disposable-email-domains-js",
                    "1.26.0",
                    "22428f66497d85bad9e5028d34d9b7113502fe6f86950c61c4bd9715ac91a2a6",
                    "package/dist/dict/disposable_email_blocklist.json",
                    Day(2026, 9, 21),
                    PackageData.DomainsOfJsonArray
                ),
            ]
        ),
        new(RiskFiles.Aggregate, "MIT", 10_000, 100_000, Fortnight, []),
        new(
            RiskFiles.FreeMail,
            "ISC",
            1_000,
            20_000,
            2 * Year,
            [
                new FeedSource.Package(
                    "freemail",
                    "1.7.0",
                    "9566335daaa2d0492f91f9efb4f94d09866b3fda691c3d55af308f63530b6fd1",
                    "package/data/free.txt",
                    Day(2024, 12, 13),
                    static bytes => bytes
                ),
            ]
        ),
        new(
            RiskFiles.RoleAccounts,
            "MIT",
            200,
            5_000,
            2 * Year,
            [
                new FeedSource.Package(
                    "role-based-email-addresses",
                    "3.1.0",
                    "bbe4571a9aff4ef1cd2037c34e90427f1f850cf86b1487adc23a8c9eed311f3e",
                    "package/src/index.js",
                    Day(2026, 7, 30),
                    PackageData.RolesOfScriptText
                ),
            ]
        ),
        new(
            RiskFiles.PublicSuffixList,
            "MPL-2.0",
            8_000,
            20_000,
            TimeSpan.FromDays(60),
            [new FeedSource.LocalFile(PublicSuffixFile)]
        ),
        new(RiskFiles.VpnV4, "MIT", 5_000, 40_000, Fortnight, []),
        new(RiskFiles.VpnV6, "MIT", 100, 40_000, Fortnight, []),
        new(RiskFiles.HostingV4, "MIT", 10_000, 200_000, Fortnight, []),
        new(RiskFiles.HostingV6, "MIT", 1_000, 200_000, Fortnight, []),
        new(RiskFiles.AppleRelay, "MIT", 2_000, 400_000, Fortnight, []),
        new(RiskFiles.TorExits, "MIT", 500, 10_000, RiskSnapshot.TorStaleAfter, []),
        new(RiskFiles.VpnAsn, "MIT", 5, 1_000, Fortnight, []),
        new(RiskFiles.HostingAsn, "MIT", 100, 10_000, Fortnight, []),
        new(RiskFiles.RentedServersAsn, "CC0-1.0", 20, 500, Year, [Own(RiskFiles.RentedServersAsn)]),
        new(RiskFiles.AsnV4, "CC-BY-4.0", 300_000, 2_000_000, TimeSpan.FromDays(120), [Asn("package/asn-ipv4.csv")]),
        new(RiskFiles.AsnV6, "CC-BY-4.0", 50_000, 2_000_000, TimeSpan.FromDays(120), [Asn("package/asn-ipv6.csv")]),
        new(RiskFiles.AsnNames, "CC-BY-4.0", 5_000, 200_000, TimeSpan.FromDays(120), []),
    ];

    private static FeedSource.Own Own(string name) =>
        new(Path.GetFileName(RiskFiles.Paths[name]), "2026-11", Day(2026, 11, 24));

    private static FeedSource.Package Asn(string entry) =>
        new(AsnPackage, AsnVersion, AsnSha256, entry, Day(2026, 6, 17), PackageData.NetworkTable);

    private static DateTimeOffset Day(int year, int month, int day) => new(year, month, day, 0, 0, 0, TimeSpan.Zero);
}
