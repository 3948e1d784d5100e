// The life of an appeal as data (triage.md 12).
namespace Moderation.Domain.Cases;

public enum AppealState
{
    Waiting,
    InProgress,
    AwaitingAppellant,

    /// <summary>Decided and held back until its release time.</summary>
    Grace,
    Decided,
    Withdrawn,
}

public enum AppealMove
{
    Claim,
    Ask,
    Answer,

    /// <summary>The appellant's time to answer has passed.</summary>
    TimePasses,
    Decide,
    Undo,
    Release,
    Withdraw,
}

/// <summary>What is true of the person who moves; the caller reads it under the appeal's row lock.</summary>
[Flags]
public enum AppealFact
{
    None = 0,
    BySenior = 1 << 0,

    /// <summary>Was neither decider nor second reviewer nor adjudicator of it.</summary>
    NotInvolved = 1 << 1,
    ClaimHeld = 1 << 2,
    ReasonGiven = 1 << 3,

    /// <summary>At most 14 days.</summary>
    UntilInRange = 1 << 4,
    ByDecider = 1 << 5,
    BeforeRelease = 1 << 6,
    ReleaseDue = 1 << 7,
    ByAppellant = 1 << 8,
}

public enum AppealEffect
{
    RestoreClaim,
    EndClaim,
    TellAppellant,
    HoldEffects,
    ReleaseEffects,
}

public static class AppealLife
{
    private static readonly Guard<AppealFact> _senior = new(AppealFact.BySenior, CaseRefusals.SeniorNeeded);
    private static readonly Guard<AppealFact> _uninvolved = new(AppealFact.NotInvolved, AppealRefusals.Involved);
    private static readonly Guard<AppealFact> _claim = new(AppealFact.ClaimHeld, CaseRefusals.ClaimLost);
    private static readonly Guard<AppealFact> _appellant = new(AppealFact.ByAppellant, AppealRefusals.NotFound);

    public static Life<AppealState, AppealMove, AppealFact, AppealEffect> Table { get; } =
        new(
            [
                Row(AppealState.Waiting, AppealMove.Claim, AppealState.InProgress, [_senior, _uninvolved]),
                // A lease that ran out leaves the appeal to the next person.
                Row(AppealState.InProgress, AppealMove.Claim, AppealState.InProgress, [_senior, _uninvolved]),
                Row(
                    AppealState.InProgress,
                    AppealMove.Ask,
                    AppealState.AwaitingAppellant,
                    [_senior, _uninvolved, _claim, new(AppealFact.UntilInRange, AppealRefusals.UntilOutOfRange)],
                    AppealEffect.EndClaim,
                    AppealEffect.TellAppellant
                ),
                Row(AppealState.AwaitingAppellant, AppealMove.Answer, AppealState.InProgress, [_appellant]),
                Row(AppealState.AwaitingAppellant, AppealMove.TimePasses, AppealState.InProgress, []),
                Row(
                    AppealState.InProgress,
                    AppealMove.Decide,
                    AppealState.Grace,
                    [_senior, _uninvolved, _claim, new(AppealFact.ReasonGiven, CaseRefusals.ReasonMissing)],
                    AppealEffect.EndClaim,
                    AppealEffect.HoldEffects
                ),
                Row(
                    AppealState.Grace,
                    AppealMove.Undo,
                    AppealState.InProgress,
                    [
                        new(AppealFact.ByDecider, DecisionRefusals.NotYours),
                        new(AppealFact.BeforeRelease, DecisionRefusals.GraceOver),
                    ],
                    AppealEffect.RestoreClaim
                ),
                Row(
                    AppealState.Grace,
                    AppealMove.Release,
                    AppealState.Decided,
                    [new(AppealFact.ReleaseDue, DecisionRefusals.GraceRuns)],
                    AppealEffect.ReleaseEffects
                ),
                Row(AppealState.Waiting, AppealMove.Withdraw, AppealState.Withdrawn, [_appellant]),
                Row(AppealState.InProgress, AppealMove.Withdraw, AppealState.Withdrawn, [_appellant]),
            ],
            AppealRefusals.CannotMove
        );

    private static LifeRow<AppealState, AppealMove, AppealFact, AppealEffect> Row(
        AppealState from,
        AppealMove move,
        AppealState to,
        IReadOnlyList<Guard<AppealFact>> guards,
        params AppealEffect[] effects
    ) => new(from, move, to) { Guards = guards, Effects = effects };
}
