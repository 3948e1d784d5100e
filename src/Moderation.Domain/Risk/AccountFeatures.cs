// Computes the feature vector of an account from its facts and one snapshot of the lists; pure, `now` is an argument.
using System.Collections.Immutable;
using System.Globalization;

namespace Moderation.Domain.Risk;

public static class AccountFeatures
{
    static readonly TimeSpan SignInWindow = TimeSpan.FromHours(24);

    static readonly (AddressClasses Class, string Signal)[] NetworkSignals =
    [
        (AddressClasses.Vpn, "ip.vpn"),
        (AddressClasses.Hosting, "ip.hosting"),
        (AddressClasses.TorExit, "ip.tor_exit"),
        (AddressClasses.AppleRelay, "ip.relay.apple"),
        (AddressClasses.Unroutable, "ip.unroutable"),
    ];

    /// <summary>Signals that need keys, links, reports or a vendor's data are left out, so they are unknown.</summary>
    public static FeatureVector Of(AccountFacts facts, RiskSnapshot lists, DateTimeOffset now)
    {
        var features = ImmutableSortedDictionary.CreateBuilder<string, Feature>(StringComparer.Ordinal);
        AddMail(features, facts, lists);
        AddNetwork(features, facts, lists, now);
        AddOrganisation(features, facts, lists, now);
        AddTenure(features, facts, now);
        return new FeatureVector(now, lists.DataVersion, features.ToImmutable());
    }

    static void AddMail(
        ImmutableSortedDictionary<string, Feature>.Builder features,
        AccountFacts facts,
        RiskSnapshot lists
    )
    {
        if (facts.EmailVerified is { } verified)
            features["email.verified"] = Bool(verified);
        if (facts.Email is null)
            return;
        var mail = EmailClassification.Of(lists, facts.Email);
        foreach (var signal in EmailClassification.ListSignals)
            if (mail.Holds(signal, lists) is { } holds)
                features[signal] = Bool(holds, source: mail.SourceOf(signal, lists), evidence: mail.MatchedBy(signal));
    }

    // Of the registration and the sign-ins of the last day the strongest counts, per class: the youngest that holds.
    static void AddNetwork(
        ImmutableSortedDictionary<string, Feature>.Builder features,
        AccountFacts facts,
        RiskSnapshot lists,
        DateTimeOffset now
    )
    {
        var seen = facts
            .Addresses.Where(s => s.At <= now && (s.AtRegistration || now - s.At <= SignInWindow))
            .OrderByDescending(s => s.At)
            .Select(s => (Sighting: s, Found: AddressClassification.Of(lists, s.Address, now)))
            .Where(s => !s.Found.IsMalformed)
            .ToList();
        foreach (var (addressClass, signal) in NetworkSignals)
        {
            var states = seen.Select(s => (s.Sighting, s.Found, Holds: s.Found.Holds(addressClass))).ToList();
            if (states.Find(s => s.Holds == true) is { Sighting: { } youngest, Found: var found })
                features[signal] = new Feature(
                    1,
                    (now - youngest.At).TotalHours,
                    youngest.At,
                    AddressClassification.SourceOf(addressClass, found.Address, lists),
                    youngest.AtRegistration ? "at registration" : "at sign-in"
                );
            else if (states.Count > 0 && states.TrueForAll(s => s.Holds == false))
                features[signal] = Bool(false);
        }
    }

    static void AddOrganisation(
        ImmutableSortedDictionary<string, Feature>.Builder features,
        AccountFacts facts,
        RiskSnapshot lists,
        DateTimeOffset now
    )
    {
        if (!facts.Sends.HasFlag(FeedKinds.Organisations))
            return;
        var organisation = facts.Organisation;
        features["org.self_service"] = Bool(
            organisation is { Origin: OrganisationOrigin.SelfService, DomainVerified: false },
            organisation?.CreatedAt
        );
        features["org.partner_or_sales"] = Bool(
            organisation is { Origin: OrganisationOrigin.Partner or OrganisationOrigin.Sales },
            organisation?.CreatedAt
        );
        if (facts.Sends.HasFlag(FeedKinds.Members) && IsSingleMember(organisation, now) is { } single)
            features["org.single_member"] = Bool(single, organisation?.CreatedAt);
        if (organisation?.Domain is { } domain && IsOnAnotherDomain(domain, facts, organisation, lists) is { } mismatch)
            features["org.domain_mismatch"] = Bool(mismatch, organisation.CreatedAt, evidence: domain);
    }

    // Within the first day one member is what every organisation has, so nothing can be said yet.
    static bool? IsSingleMember(OrganisationFacts? organisation, DateTimeOffset now) =>
        organisation switch
        {
            null => false,
            { Members: null } => null,
            { Members: > 1 } => false,
            _ => now - organisation.CreatedAt >= TimeSpan.FromHours(24) ? true : null,
        };

    static bool? IsOnAnotherDomain(
        string domain,
        AccountFacts facts,
        OrganisationFacts organisation,
        RiskSnapshot lists
    )
    {
        if (lists.Suffixes is null || lists.FreeMail is null || HostName.ToAscii(domain) is not { } claimed)
            return null;
        var own = lists.Suffixes.Registrable(claimed);
        var mail = organisation.MemberMail.Concat(facts.Email is { } email ? [email] : []);
        var hosts = mail.Where(m =>
                EmailClassification.Of(lists, m)
                    is { Error: MailError.None, Class: not (MailClass.Free or MailClass.Relay) }
            )
            .Select(m => HostName.ToAscii(m.AsSpan().Trim()[(m.AsSpan().Trim().LastIndexOf('@') + 1)..].TrimEnd('.')))
            .OfType<string>()
            .ToList();
        return hosts.Count > 0 && !hosts.Exists(h => lists.Suffixes.Registrable(h) == own);
    }

    static void AddTenure(
        ImmutableSortedDictionary<string, Feature>.Builder features,
        AccountFacts facts,
        DateTimeOffset now
    )
    {
        if (facts.RegisteredAt is { } registered)
            features["account.age"] = new Feature(Math.Max(0, (now - registered).TotalHours), Since: registered);
        if (!facts.Sends.HasFlag(FeedKinds.Meetings))
            return;
        var hosted = facts.Meetings.Where(m => m.StartedAt <= now).OrderBy(m => m.StartedAt).ToList();
        // Who never hosted has not hosted within ten minutes: known, and no bin holds.
        if (facts.RegisteredAt is { } from)
            features["account.first_host_delay"] = hosted is [var first, ..]
                ? new Feature(Math.Max(0, (first.StartedAt - from).TotalHours), Since: first.StartedAt)
                : new Feature(double.MaxValue);
        var clean = hosted.FindAll(m => m.IsClean);
        features["host.clean_meetings"] = clean is [.., var last]
            ? new Feature(
                clean.Count,
                (now - last.StartedAt).TotalHours,
                last.StartedAt,
                Evidence: clean.Count.ToString(CultureInfo.InvariantCulture)
            )
            : new Feature(0);
        foreach (var (window, length) in Windows)
        {
            var count = hosted.Count(m => now - m.StartedAt < length);
            features[$"velocity.meetings.{window}"] = new Feature(
                count,
                Evidence: count.ToString(CultureInfo.InvariantCulture)
            );
        }
    }

    static readonly (string Name, TimeSpan Length)[] Windows =
    [
        ("10m", TimeSpan.FromMinutes(10)),
        ("1h", TimeSpan.FromHours(1)),
        ("24h", TimeSpan.FromHours(24)),
    ];

    static Feature Bool(bool holds, DateTimeOffset? since = null, string? source = null, string? evidence = null) =>
        holds ? new Feature(1, 0, since, source, evidence) : new Feature(0);
}
