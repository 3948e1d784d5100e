// The refusals that a second look can give (triage.md 10).
namespace Moderation.Domain.Cases;

public static class ReviewRefusals
{
    public static Refusal CannotMove(ReviewState state, ReviewMove move) =>
        new(RefusalKind.Conflict, "review.cannot-move", $"A review that is {state} cannot {move}.");

    public static Refusal NotFound { get; } =
        new(RefusalKind.NotFound, "review.not-found", "There is no such review for you.");

    public static Refusal Decider { get; } = Excluded("decider", "Whoever decided does not review the decision.");

    public static Refusal Party { get; } =
        Excluded("party", "Whoever filed a report in this case, or is its subject, does not review it.");

    public static Refusal Seen { get; } =
        Excluded("seen", "Whoever opened the case since the first decision is not blind to it any more.");

    public static Refusal OneOfTheTwo { get; } =
        Excluded("one-of-the-two", "A senior who is neither of the two rules where they differ.");

    public static Refusal NotYours { get; } =
        new(RefusalKind.Forbidden, "review.not-yours", "Somebody else has this review.");

    public static Refusal RulingUnfit { get; } =
        new(
            RefusalKind.Unprocessable,
            "review.ruling-unfit",
            "A ruling names a or b, or brings a third decision, and nothing else."
        );

    private static Refusal Excluded(string why, string detail) =>
        new(RefusalKind.Forbidden, $"review.excluded-{why}", detail);
}
