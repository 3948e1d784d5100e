// The answer of the score card: probability, band, coverage and the reasons, each with why it may be wrong.
namespace Moderation.Domain.Risk;

/// <summary>One signal's part in the score (risk.md 3.4): `Code` is the signal id, for staff; `UserCode` is coarse, for the user.</summary>
public sealed record RiskReason(
    string Code,
    string Group,
    double Contribution,
    double Multiplier,
    IReadOnlyList<string> Evidence,
    DateTimeOffset? Since,
    string? DataVersion,
    string MayBeWrong,
    string UserCode
)
{
    public bool IsProtective => Contribution < 0;
}

public sealed record RiskScore(
    double Logit,
    double Probability,
    RiskBand Band,
    int Shown,
    double Coverage,
    IReadOnlyDictionary<string, double> GroupCoverage,
    IReadOnlyList<RiskReason> Reasons,
    bool IsOriginOnly,
    int CardVersion,
    string ModelId,
    string? DataVersion,
    DateTimeOffset AsOf
)
{
    /// <summary>risk.md 3.1: below half coverage the band is shown with "thin evidence".</summary>
    public bool IsThin => Coverage < 0.5;

    /// <summary>The friction level the score argues for, 0 to 4. Where the only positive groups are email, network, org and
    /// tenure it stops at 3 (risk.md 9.2.3).</summary>
    public int ArguedLevel => IsOriginOnly ? Math.Min(3, (int)Band) : (int)Band;

    /// <summary>Coarse codes of the reasons that raise the score, in their order, for statements to the user.</summary>
    public IReadOnlyList<string> UserCodes =>
        [.. Reasons.Where(r => !r.IsProtective).Select(r => r.UserCode).Distinct(StringComparer.Ordinal)];
}
