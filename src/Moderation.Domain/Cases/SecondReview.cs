// Which decisions a second person looks at before anything leaves (triage.md 10).
namespace Moderation.Domain.Cases;

/// <param name="StepsUp">How many steps of the ladder the choice lies above the recommendation.</param>
public sealed record SecondReviewFacts(
    Lane Lane,
    string Action,
    TimeSpan? Length,
    IReadOnlyList<string> Also,
    int StepsUp,
    bool SubjectProtected
);

public static class SecondReview
{
    public static TimeSpan LongSuspension { get; } = TimeSpan.FromDays(30);

    /// <summary>Codes of why a second look is due; empty when none is.</summary>
    public static IReadOnlyList<string> ReasonsFor(SecondReviewFacts facts)
    {
        List<string> reasons = [];
        if (facts.Action == "ban")
            reasons.Add("ban");
        if (facts.Action == "suspend" && facts.Length > LongSuspension)
            reasons.Add("long_suspension");
        if (facts.Lane == Lane.ChildSafety)
            reasons.Add("child_safety");
        if (facts.Also.Any(a => a is "refer_authority" or "file_cybertip"))
            reasons.Add("referral");
        if (facts.StepsUp > 1)
            reasons.Add("deviation_up");
        if (facts.SubjectProtected)
            reasons.Add("protected_account");
        return reasons;
    }
}

/// <summary>What two people decided on the same case, as far as it is compared.</summary>
/// <param name="Step">Index of the ladder's step that the action and its length lie on.</param>
public sealed record Opinion(DecisionOutcome Outcome, string? Family, string Action, int Step, long? Seconds)
{
    /// <summary>Same outcome, same clause family, same kind of action, durations within one step of the ladder.</summary>
    public bool AgreesWith(Opinion other) =>
        Outcome == other.Outcome
        && Family == other.Family
        && Action == other.Action
        && Math.Abs(Step - other.Step) <= 1;

    /// <summary>The shorter of the two lengths; null when neither has one.</summary>
    public long? Milder(Opinion other) =>
        (Seconds, other.Seconds) is ({ } mine, { } theirs) ? Math.Min(mine, theirs) : Seconds ?? other.Seconds;
}
