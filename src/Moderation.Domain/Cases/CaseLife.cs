// The whole life of a case as one table (triage.md 3.7): moves, guards, next state, effects; what is not listed is refused.
namespace Moderation.Domain.Cases;

public enum CaseStatus
{
    Open,

    /// <summary>Waits for something outside, until a time (triage.md 6.3).</summary>
    Held,

    /// <summary>Put off until later today (triage.md 6.3).</summary>
    Snoozed,
    InReview,
    Grace,
    Adjudication,
    Closed,
}

public enum CaseMove
{
    Hold,
    Snooze,

    /// <summary>The time came, the awaited thing arrived, or a person took it back.</summary>
    Return,

    /// <summary>Decided with nothing to wait for: no second review, no undo grace.</summary>
    Decide,

    /// <summary>Decided; a second review is due.</summary>
    SendToReview,

    /// <summary>Decided; waits out its undo grace.</summary>
    EnterGrace,

    /// <summary>The decider takes the decision back before the reviewer has submitted.</summary>
    WithdrawDecision,
    Agree,
    Differ,
    Rule,
    Undo,

    /// <summary>A graver report came during grace; back to the decider (triage.md 3.3).</summary>
    Recall,
    Release,

    /// <summary>Overturned or changed on appeal.</summary>
    Overturn,

    /// <summary>Reversed by two seniors, without an appeal.</summary>
    Reverse,
    Reopen,

    /// <summary>Every report in it moved to another case.</summary>
    Empty,
}

/// <summary>What is true at the moment of a move; the caller reads it under the case's row lock.</summary>
[Flags]
public enum CaseFact
{
    None = 0,
    ReasonGiven = 1 << 0,
    ByDecider = 1 << 1,

    /// <summary>The second reviewer has not handed in yet.</summary>
    ReviewUndecided = 1 << 2,
    BySenior = 1 << 3,

    /// <summary>Neither decided nor reviewed.</summary>
    ByNeither = 1 << 4,
    BeforeRelease = 1 << 5,
    ReleaseDue = 1 << 6,

    /// <summary>Nothing of the case has been destroyed for age.</summary>
    WithinRetention = 1 << 7,

    /// <summary>Two different people stand behind it.</summary>
    ByTwo = 1 << 8,
}

public enum CaseEffect
{
    EndClaim,
    RestoreClaim,
    StoreDecision,
    OpenReview,
    VoidReview,
    AskSenior,
    HoldEffects,
    WithdrawDecision,
    TellDecider,
    ReleaseEffects,
    SettleReports,
    ReverseEffects,
    Rerank,
    NewRound,
}

public static class CaseLife
{
    private static readonly Guard<CaseFact> _reason = new(CaseFact.ReasonGiven, CaseRefusals.ReasonMissing);
    private static readonly Guard<CaseFact> _decider = new(CaseFact.ByDecider, DecisionRefusals.NotYours);
    private static readonly Guard<CaseFact> _senior = new(CaseFact.BySenior, CaseRefusals.SeniorNeeded);
    private static readonly Guard<CaseFact> _neither = new(CaseFact.ByNeither, ReviewRefusals.OneOfTheTwo);

    public static Life<CaseStatus, CaseMove, CaseFact, CaseEffect> Table { get; } =
        new(
            [
                Row(CaseStatus.Open, CaseMove.Hold, CaseStatus.Held, CaseEffect.EndClaim),
                Row(CaseStatus.Open, CaseMove.Snooze, CaseStatus.Snoozed, CaseEffect.EndClaim),
                Row(
                    CaseStatus.Open,
                    CaseMove.Decide,
                    CaseStatus.Closed,
                    CaseEffect.StoreDecision,
                    CaseEffect.EndClaim,
                    CaseEffect.ReleaseEffects,
                    CaseEffect.SettleReports
                ),
                Row(
                    CaseStatus.Open,
                    CaseMove.SendToReview,
                    CaseStatus.InReview,
                    CaseEffect.StoreDecision,
                    CaseEffect.EndClaim,
                    CaseEffect.OpenReview
                ),
                Row(
                    CaseStatus.Open,
                    CaseMove.EnterGrace,
                    CaseStatus.Grace,
                    CaseEffect.StoreDecision,
                    CaseEffect.EndClaim,
                    CaseEffect.HoldEffects
                ),
                Row(CaseStatus.Open, CaseMove.Empty, CaseStatus.Closed),
                // A hold is renewed where it is, by a senior (triage.md 6.3).
                Row(CaseStatus.Held, CaseMove.Hold, CaseStatus.Held),
                Row(CaseStatus.Held, CaseMove.Return, CaseStatus.Open, CaseEffect.Rerank),
                Row(CaseStatus.Held, CaseMove.Empty, CaseStatus.Closed),
                Row(CaseStatus.Snoozed, CaseMove.Return, CaseStatus.Open, CaseEffect.Rerank),
                Row(CaseStatus.Snoozed, CaseMove.Empty, CaseStatus.Closed),
                Row(
                    CaseStatus.InReview,
                    CaseMove.WithdrawDecision,
                    CaseStatus.Open,
                    CaseEffect.VoidReview,
                    CaseEffect.WithdrawDecision,
                    CaseEffect.RestoreClaim
                ) with
                {
                    Guards = [_decider, new(CaseFact.ReviewUndecided, DecisionRefusals.Reviewed)],
                },
                Row(CaseStatus.InReview, CaseMove.Agree, CaseStatus.Grace, CaseEffect.HoldEffects),
                Row(CaseStatus.InReview, CaseMove.Differ, CaseStatus.Adjudication, CaseEffect.AskSenior),
                Row(CaseStatus.Adjudication, CaseMove.Rule, CaseStatus.Grace, CaseEffect.HoldEffects) with
                {
                    Guards = [_senior, _neither],
                },
                Row(
                    CaseStatus.Grace,
                    CaseMove.Undo,
                    CaseStatus.Open,
                    CaseEffect.WithdrawDecision,
                    CaseEffect.RestoreClaim
                ) with
                {
                    Guards = [_decider, new(CaseFact.BeforeRelease, DecisionRefusals.GraceOver)],
                },
                Row(
                    CaseStatus.Grace,
                    CaseMove.Recall,
                    CaseStatus.Open,
                    CaseEffect.WithdrawDecision,
                    CaseEffect.RestoreClaim,
                    CaseEffect.TellDecider
                ),
                Row(
                    CaseStatus.Grace,
                    CaseMove.Release,
                    CaseStatus.Closed,
                    CaseEffect.ReleaseEffects,
                    CaseEffect.SettleReports
                ) with
                {
                    Guards = [new(CaseFact.ReleaseDue, DecisionRefusals.GraceRuns)],
                },
                Row(CaseStatus.Closed, CaseMove.Overturn, CaseStatus.Closed, CaseEffect.ReverseEffects),
                Row(CaseStatus.Closed, CaseMove.Reverse, CaseStatus.Closed, CaseEffect.ReverseEffects) with
                {
                    Guards = [_senior, new(CaseFact.ByTwo, CaseRefusals.SecondPersonNeeded), _reason],
                },
                Row(CaseStatus.Closed, CaseMove.Reopen, CaseStatus.Open, CaseEffect.NewRound, CaseEffect.Rerank) with
                {
                    Guards = [_senior, _reason, new(CaseFact.WithinRetention, CaseRefusals.PastRetention)],
                },
            ],
            CaseRefusals.CannotMove
        );

    private static LifeRow<CaseStatus, CaseMove, CaseFact, CaseEffect> Row(
        CaseStatus from,
        CaseMove move,
        CaseStatus to,
        params CaseEffect[] effects
    ) => new(from, move, to) { Effects = effects };
}
