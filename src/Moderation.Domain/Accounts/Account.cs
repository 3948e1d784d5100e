// A person's account as the platform knows it, with what is in force against it.
namespace Moderation.Domain.Accounts;

public sealed class Account
{
    public required AccountId Id { get; init; }

    /// <summary>The platform's own opaque id, 1 to 128 characters.</summary>
    public required string ExternalId { get; init; }
    public required DateTimeOffset FirstSeenAt { get; init; }
    public DateTimeOffset? RegisteredAt { get; set; }

    /// <summary>Raised by exactly 1 with each enforcement event of the account, under its row lock (events.md EV-5).</summary>
    public long EnforcementVersion { get; set; }

    /// <summary>`none`, `low`, `medium`, `high`, `critical` (risk.md 3.3); null until scored.</summary>
    public string? RiskBand { get; set; }
    public double? RiskProbability { get; set; }
    public DateTimeOffset? RiskScoredAt { get; set; }

    /// <summary>The stored assessment as JSON: reasons, coverage, versions.</summary>
    public string? RiskAssessment { get; set; }
}
