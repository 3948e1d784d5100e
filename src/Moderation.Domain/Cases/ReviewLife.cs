// The life of a second look as data (triage.md 10).
namespace Moderation.Domain.Cases;

public enum ReviewState
{
    Waiting,
    InProgress,
    Agreed,
    Differs,
    Settled,
    Void,
}

public enum ReviewMove
{
    Claim,
    Agree,
    Differ,
    Rule,
    Void,
}

/// <summary>What is true of the person who moves; the caller reads it in the transaction of the move.</summary>
[Flags]
public enum ReviewFact
{
    None = 0,
    NotDecider = 1 << 0,

    /// <summary>Neither filed one of the reports nor is the subject.</summary>
    NotParty = 1 << 1,

    /// <summary>Has not opened the case's page since the first decision.</summary>
    NotSeenSince = 1 << 2,
    IsReviewer = 1 << 3,
    BySenior = 1 << 4,
    ByNeither = 1 << 5,
}

public enum ReviewEffect
{
    Compare,
    ReleaseFirst,
    AskSenior,
    HoldRuling,
}

public static class ReviewLife
{
    private static readonly Guard<ReviewFact>[] _mayReview =
    [
        new(ReviewFact.NotDecider, ReviewRefusals.Decider),
        new(ReviewFact.NotParty, ReviewRefusals.Party),
        new(ReviewFact.NotSeenSince, ReviewRefusals.Seen),
    ];
    private static readonly Guard<ReviewFact> _reviewer = new(ReviewFact.IsReviewer, ReviewRefusals.NotYours);
    private static readonly Guard<ReviewFact> _senior = new(ReviewFact.BySenior, CaseRefusals.SeniorNeeded);
    private static readonly Guard<ReviewFact> _neither = new(ReviewFact.ByNeither, ReviewRefusals.OneOfTheTwo);

    public static Life<ReviewState, ReviewMove, ReviewFact, ReviewEffect> Table { get; } =
        new(
            [
                Row(ReviewState.Waiting, ReviewMove.Claim, ReviewState.InProgress, _mayReview),
                // A lease that ran out leaves the review to the next person.
                Row(ReviewState.InProgress, ReviewMove.Claim, ReviewState.InProgress, _mayReview),
                Row(
                    ReviewState.InProgress,
                    ReviewMove.Agree,
                    ReviewState.Agreed,
                    [_reviewer],
                    ReviewEffect.Compare,
                    ReviewEffect.ReleaseFirst
                ),
                Row(
                    ReviewState.InProgress,
                    ReviewMove.Differ,
                    ReviewState.Differs,
                    [_reviewer],
                    ReviewEffect.Compare,
                    ReviewEffect.AskSenior
                ),
                Row(ReviewState.Differs, ReviewMove.Claim, ReviewState.Differs, [_senior, _neither]),
                Row(
                    ReviewState.Differs,
                    ReviewMove.Rule,
                    ReviewState.Settled,
                    [_senior, _neither],
                    ReviewEffect.HoldRuling
                ),
                Row(ReviewState.Waiting, ReviewMove.Void, ReviewState.Void, []),
                Row(ReviewState.InProgress, ReviewMove.Void, ReviewState.Void, []),
            ],
            ReviewRefusals.CannotMove
        );

    private static LifeRow<ReviewState, ReviewMove, ReviewFact, ReviewEffect> Row(
        ReviewState from,
        ReviewMove move,
        ReviewState to,
        IReadOnlyList<Guard<ReviewFact>> guards,
        params ReviewEffect[] effects
    ) => new(from, move, to) { Guards = guards, Effects = effects };
}
