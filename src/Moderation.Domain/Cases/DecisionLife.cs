// The life of a decision as data: from its submission to what an appeal makes of it (triage.md 8.4).
namespace Moderation.Domain.Cases;

public enum DecisionState
{
    InReview,
    Adjudication,

    /// <summary>Held back until its release time; nothing of it has left.</summary>
    Grace,
    Withdrawn,

    /// <summary>A senior ruled otherwise; it never took effect.</summary>
    SetAside,
    Released,
    Overturned,
    Reversed,
    Superseded,
}

public enum DecisionMove
{
    Agree,
    Differ,
    Rule,
    SetAside,
    Withdraw,
    Release,
    Overturn,
    Reverse,
    Supersede,
}

/// <summary>A decision moves with its case, whose guards have been asked; none of its own are left.</summary>
[Flags]
public enum DecisionFact
{
    None = 0,
}

public enum DecisionEffect
{
    HoldEffects,
    ReleaseEffects,
    ReverseEffects,
    VoidStrikes,
    ReplaceStrikes,
}

public static class DecisionLife
{
    public static Life<DecisionState, DecisionMove, DecisionFact, DecisionEffect> Table { get; } =
        new(
            [
                Row(DecisionState.InReview, DecisionMove.Agree, DecisionState.Grace, DecisionEffect.HoldEffects),
                Row(DecisionState.InReview, DecisionMove.Differ, DecisionState.Adjudication),
                Row(DecisionState.InReview, DecisionMove.Withdraw, DecisionState.Withdrawn),
                Row(DecisionState.Adjudication, DecisionMove.Rule, DecisionState.Grace, DecisionEffect.HoldEffects),
                Row(DecisionState.Adjudication, DecisionMove.SetAside, DecisionState.SetAside),
                Row(DecisionState.Grace, DecisionMove.Withdraw, DecisionState.Withdrawn),
                Row(DecisionState.Grace, DecisionMove.Release, DecisionState.Released, DecisionEffect.ReleaseEffects),
                Row(
                    DecisionState.Released,
                    DecisionMove.Overturn,
                    DecisionState.Overturned,
                    DecisionEffect.ReverseEffects,
                    DecisionEffect.VoidStrikes
                ),
                Row(
                    DecisionState.Released,
                    DecisionMove.Reverse,
                    DecisionState.Reversed,
                    DecisionEffect.ReverseEffects,
                    DecisionEffect.VoidStrikes
                ),
                Row(
                    DecisionState.Released,
                    DecisionMove.Supersede,
                    DecisionState.Superseded,
                    DecisionEffect.ReverseEffects,
                    DecisionEffect.ReplaceStrikes
                ),
            ],
            DecisionRefusals.CannotMove
        );

    private static LifeRow<DecisionState, DecisionMove, DecisionFact, DecisionEffect> Row(
        DecisionState from,
        DecisionMove move,
        DecisionState to,
        params DecisionEffect[] effects
    ) => new(from, move, to) { Effects = effects };
}
