// Classifies one IP address against the ranges of a snapshot, exactly as risk.md 2.4 says.
namespace Moderation.Domain.Risk;

/// <summary>What the lists say of an address; one byte in the range tables.</summary>
[Flags]
public enum AddressClasses : byte
{
    None = 0,
    Vpn = 1,
    Hosting = 2,
    AppleRelay = 4,
    TorExit = 8,
    Unroutable = 16,
}

/// <summary>`True` classes hold, `Unknown` ones could not be computed, all others are false.</summary>
public readonly record struct AddressClassification(
    bool IsMalformed,
    NetworkAddress Address,
    AddressClasses True,
    AddressClasses Unknown
)
{
    public bool? Holds(AddressClasses asked) =>
        // The address of a proxy of the platform says nothing about where the user is.
        True.HasFlag(asked)
            ? true
        : Unknown.HasFlag(asked) || True == AddressClasses.Unroutable ? null
        : false;

    /// <summary>The list that decides a class, `vpn-v4@2026-07-22`.</summary>
    public static string SourceOf(AddressClasses asked, NetworkAddress address, RiskSnapshot lists) =>
        asked switch
        {
            AddressClasses.Vpn => lists.SourceOf(address.IsIpv4 ? RiskFiles.VpnV4 : RiskFiles.VpnV6),
            AddressClasses.Hosting => lists.SourceOf(lists.HostingListFor(address.IsIpv4)),
            AddressClasses.TorExit => lists.SourceOf(RiskFiles.TorExits),
            AddressClasses.AppleRelay => lists.SourceOf(RiskFiles.AppleRelay),
            _ => UnroutableAddresses.Source,
        };

    const AddressClasses OriginClasses = AddressClasses.Vpn | AddressClasses.Hosting;

    /// <summary>With `now`, a Tor list older than its limit makes Tor unknown; a frozen directory passes none.</summary>
    public static AddressClassification Of(RiskSnapshot snapshot, ReadOnlySpan<char> text, DateTimeOffset? now = null)
    {
        if (!AddressText.TryParse(text, out var address))
            return new AddressClassification(true, default, AddressClasses.None, AddressClasses.None);
        if (UnroutableAddresses.Contains(address))
            return new AddressClassification(false, address, AddressClasses.Unroutable, AddressClasses.None);
        var listed = snapshot.ClassesOf(address);
        if (listed.HasFlag(AddressClasses.AppleRelay))
            return new AddressClassification(false, address, AddressClasses.AppleRelay, AddressClasses.None);
        var unknown = snapshot.NotLoaded(address.IsIpv4) | snapshot.StaleClasses(now);
        // A relay list that is not loaded for this family cannot clear its addresses, so networks of the relay's egress
        // operators, or any network where the operator is not known either, are neither called VPN nor cleared of it.
        if (unknown.HasFlag(AddressClasses.AppleRelay) && snapshot.MayBeRelayOperator(address))
            return new AddressClassification(
                false,
                address,
                listed & ~(unknown | OriginClasses),
                unknown | OriginClasses
            );
        // Anywhere else the relay has no egress.
        unknown &= ~AddressClasses.AppleRelay;
        if (unknown.HasFlag(AddressClasses.Hosting) && snapshot.IsRentedServerNetwork(address))
            return new AddressClassification(
                false,
                address,
                (listed & ~unknown) | AddressClasses.Hosting,
                unknown & ~AddressClasses.Hosting
            );
        return new AddressClassification(false, address, listed & ~unknown, unknown);
    }
}
