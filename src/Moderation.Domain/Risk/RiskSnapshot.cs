// One immutable set of all lists: built off to the side from a data folder, then read by any number of threads.
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Moderation.Domain.Risk;

/// <summary>Which parts of a data folder to load: a verb that classifies mail needs no network table.</summary>
[Flags]
public enum RiskParts
{
    Mail = 1,
    Addresses = 2,

    /// <summary>Network numbers and names, shown to staff.</summary>
    Context = 4,
    All = Mail | Addresses | Context,
}

public sealed partial class RiskSnapshot
{
    /// <summary>Egress operators of iCloud Private Relay (risk.md 2.4 step 5).</summary>
    static readonly FrozenSet<int> RelayOperators = FrozenSet.Create(36183, 13335, 54113);

    /// <summary>risk.md 11: an exit list older than this says nothing.</summary>
    public static readonly TimeSpan TorStaleAfter = TimeSpan.FromHours(24);

    readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>>? roles;
    readonly Ipv4Table<AddressClasses> v4;
    readonly Ipv6Table<AddressClasses> v6;
    readonly AddressClasses missingV4;
    readonly AddressClasses missingV6;
    readonly Ipv4Table<int>? asnV4;
    readonly Ipv6Table<int>? asnV6;
    readonly FrozenDictionary<int, string> networkNames;
    readonly FrozenSet<int> rentedServers;

    public PublicSuffixes? Suffixes { get; }
    public DomainSet? Relays { get; }
    public DomainSet? Curated { get; }
    public DomainSet? FreeMail { get; }
    public DomainSet? Aggregate { get; }

    /// <summary>Context for staff, never a signal: a popular list of this kind contains a large mobile operator.</summary>
    public FrozenSet<int> VpnNetworks { get; }
    public FrozenSet<int> HostingNetworks { get; }

    public FrozenDictionary<string, DataSource> Sources { get; }

    /// <summary>SHA-256 over the labels and digests of all lists, hex: stored with every score.</summary>
    public string DataVersion { get; }

    public static RiskSnapshot Empty { get; } = Load(static _ => null);

    public bool HasRoles => roles is not null;

    public string SourceOf(string name) => Sources.TryGetValue(name, out var source) ? source.Label : name;

    public string? RoleOf(ReadOnlySpan<char> localPart)
    {
        if (roles is not { } names || localPart.IsEmpty)
            return null;
        var plus = localPart.IndexOf('+');
        var bare = plus < 0 ? localPart : localPart[..plus];
        Span<char> lower = stackalloc char[64];
        if (bare.Length > lower.Length)
            return null;
        var length = bare.ToLowerInvariant(lower);
        return names.TryGetValue(lower[..length], out var role) ? role : null;
    }

    public AddressClasses ClassesOf(NetworkAddress address) => address.IsIpv4 ? v4[address.Ipv4] : v6[address.Value];

    public int? NetworkNumberOf(NetworkAddress address)
    {
        var number = address.IsIpv4 ? asnV4?[address.Ipv4] : asnV6?[address.Value];
        return number is null or 0 ? null : number;
    }

    public string? NetworkNameOf(int number) => networkNames.GetValueOrDefault(number);

    internal AddressClasses NotLoaded(bool isIpv4) => isIpv4 ? missingV4 : missingV6;

    internal string HostingListFor(bool isIpv4) =>
        NotLoaded(isIpv4).HasFlag(AddressClasses.Hosting) ? RiskFiles.RentedServersAsn
        : isIpv4 ? RiskFiles.HostingV4
        : RiskFiles.HostingV6;

    internal AddressClasses StaleClasses(DateTimeOffset? now) =>
        now is { } at
        && Sources.TryGetValue(RiskFiles.TorExits, out var tor)
        && tor.AsOf is { } asOf
        && at - asOf > TorStaleAfter
            ? AddressClasses.TorExit
            : AddressClasses.None;

    // Without a network table nobody knows whose address it is, so it may be theirs.
    internal bool MayBeRelayOperator(NetworkAddress address) =>
        (address.IsIpv4 ? asnV4 is null : asnV6 is null)
        || (NetworkNumberOf(address) is { } number && RelayOperators.Contains(number));

    internal bool IsRentedServerNetwork(NetworkAddress address) =>
        rentedServers.Count > 0 && NetworkNumberOf(address) is { } number && rentedServers.Contains(number);

    /// <summary>Reads the files of <see cref="RiskFiles.Paths"/> through `open`, which answers null for a file that is not
    /// there; its signals are unknown then. A file that does not parse is an <see cref="InvalidDataException"/>. `frozenAt` is for
    /// a folder whose dates do not count (tests, offline demonstrations): its lists are as of then.</summary>
    public static RiskSnapshot Load(
        Func<string, Stream?> open,
        RiskParts parts = RiskParts.All,
        DateTimeOffset? frozenAt = null
    ) => new(new FolderReader(open, frozenAt), parts);

    RiskSnapshot(FolderReader folder, RiskParts parts)
    {
        var mail = parts.HasFlag(RiskParts.Mail);
        var addresses = parts.HasFlag(RiskParts.Addresses);
        var context = parts.HasFlag(RiskParts.Context);
        if (mail)
        {
            Suffixes = folder.Suffixes();
            Relays = folder.Domains(RiskFiles.PrivacyRelay, RiskListText.RelayDomains);
            Curated = folder.Domains(RiskFiles.Curated, RiskListText.Domains);
            FreeMail = folder.Domains(RiskFiles.FreeMail, RiskListText.Domains);
            Aggregate = folder.Domains(RiskFiles.Aggregate, RiskListText.Domains);
            roles = folder
                .Rows(RiskFiles.RoleAccounts, RiskListText.Roles)
                ?.ToFrozenSet(StringComparer.Ordinal)
                .GetAlternateLookup<ReadOnlySpan<char>>();
        }
        var ranges = new RangeCollector();
        if (addresses)
        {
            ranges.Add(folder.Rows(RiskFiles.VpnV4, RiskListText.Networks), AddressClasses.Vpn);
            ranges.Add(folder.Rows(RiskFiles.VpnV6, RiskListText.Networks), AddressClasses.Vpn);
            ranges.Add(folder.Rows(RiskFiles.HostingV4, RiskListText.Networks), AddressClasses.Hosting);
            ranges.Add(folder.Rows(RiskFiles.HostingV6, RiskListText.Networks), AddressClasses.Hosting);
            ranges.Add(folder.Rows(RiskFiles.AppleRelay, RiskListText.Networks), AddressClasses.AppleRelay);
            // One exit list speaks for both families: no row of a family means that it has no exits now.
            ranges.Add(
                folder.Rows(RiskFiles.TorExits, RiskListText.Networks),
                AddressClasses.TorExit,
                bothFamilies: true
            );
        }
        (v4, v6, missingV4, missingV6) = ranges.Build();
        rentedServers = Numbers(addresses, RiskFiles.RentedServersAsn);
        // 400,000 rows take a while to read; a verb needs them only where the ranges leave a question open.
        const AddressClasses Open = AddressClasses.AppleRelay | AddressClasses.Hosting;
        if (context || (addresses && (missingV4 & Open) != 0))
            asnV4 = folder.NetworkTable(RiskFiles.AsnV4, static r => new Ipv4Table<int>(Nest<uint>(r)));
        if (context || (addresses && (missingV6 & Open) != 0))
            asnV6 = folder.NetworkTable(RiskFiles.AsnV6, static r => new Ipv6Table<int>(Nest<UInt128>(r)));
        var names = context ? folder.Rows(RiskFiles.AsnNames, RiskListText.NetworkNames) : null;
        networkNames = (names ?? []).DistinctBy(n => n.Key).ToFrozenDictionary();
        VpnNetworks = Numbers(context, RiskFiles.VpnAsn);
        HostingNetworks = Numbers(context, RiskFiles.HostingAsn);
        Sources = folder.Sources.ToFrozenDictionary(StringComparer.Ordinal);
        DataVersion = Digest(folder.Sources.Values);

        FrozenSet<int> Numbers(bool wanted, string name) =>
            (wanted ? folder.Rows(name, RiskListText.NetworkNumbers) ?? [] : []).ToFrozenSet();
    }

    static List<Boundary<TAddress, int>> Nest<TAddress>(List<AddressRange<UInt128, int>> ranges)
        where TAddress : struct, System.Numerics.IBinaryInteger<TAddress>, System.Numerics.IMinMaxValue<TAddress> =>
        AddressRanges.Nest(
            ranges.ConvertAll(r => new AddressRange<TAddress, int>(
                TAddress.CreateTruncating(r.First),
                TAddress.CreateTruncating(r.Last),
                r.Value
            ))
        );

    static string Digest(IEnumerable<DataSource> sources)
    {
        var text = new StringBuilder();
        foreach (var source in sources.OrderBy(s => s.Name, StringComparer.Ordinal))
            text.Append(source.Label).Append(':').Append(source.Sha256).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
