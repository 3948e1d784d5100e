// What the platform told us of one account, as the score needs it.
namespace Moderation.Domain.Risk;

/// <summary>Which kinds of events the platform sends; what a kind would have said is unknown, not false, where it is not sent.</summary>
[Flags]
public enum FeedKinds
{
    None = 0,
    Organisations = 1,
    Members = 2,
    Meetings = 4,
    All = Organisations | Members | Meetings,
}

public enum OrganisationOrigin
{
    SelfService,
    Sales,
    Partner,
    EduVerified,
}

/// <summary>An address at which the account registered or signed in. It is classified, never copied into a feature.</summary>
public sealed record AddressSighting(string Address, DateTimeOffset At, bool AtRegistration);

/// <summary>`Domain` is the domain the organisation claims; `MemberMail` the members' addresses or mail hosts, as far as shared.</summary>
public sealed record OrganisationFacts(
    OrganisationOrigin Origin,
    DateTimeOffset CreatedAt,
    string? Domain,
    bool DomainVerified,
    int? Members,
    IReadOnlyList<string> MemberMail
);

/// <summary>A hosted meeting; `Participants` counts the host too. Duration is null while it runs or if its end was not sent.</summary>
public sealed record HostedMeeting(DateTimeOffset StartedAt, TimeSpan? Duration, int Participants, bool HasUpheldReport)
{
    /// <summary>risk.md 2.1 `host.clean_meetings`: at least 5 min, at least two others, no upheld report.</summary>
    public bool IsClean => Duration >= TimeSpan.FromMinutes(5) && Participants >= 3 && !HasUpheldReport;
}

public sealed record AccountFacts
{
    /// <summary>Null where the account registered before the feed began and the platform does not say when.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>The address, or only its host where the platform does not share addresses.</summary>
    public string? Email { get; init; }

    /// <summary>Null where the platform does not send verifications.</summary>
    public bool? EmailVerified { get; init; }

    public IReadOnlyList<AddressSighting> Addresses { get; init; } = [];
    public OrganisationFacts? Organisation { get; init; }
    public IReadOnlyList<HostedMeeting> Meetings { get; init; } = [];
    public FeedKinds Sends { get; init; } = FeedKinds.All;
}
