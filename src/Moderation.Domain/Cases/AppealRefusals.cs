// The refusals that an appeal can give (triage.md 12).
namespace Moderation.Domain.Cases;

public static class AppealRefusals
{
    public static Refusal CannotMove(AppealState state, AppealMove move) =>
        new(RefusalKind.Conflict, "appeal.cannot-move", $"An appeal that is {state} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "appeal.not-found", "There is no such appeal.");

    public static Refusal Involved { get; } =
        new(
            RefusalKind.Forbidden,
            "appeal.excluded-involved",
            "Whoever decided, reviewed or ruled on a decision does not hear the appeal against it."
        );

    public static Refusal DecisionNotFound { get; } =
        new(RefusalKind.NotFound, "appeal.decision-not-found", "There is no such decision about this account.");

    public static Refusal NotAppealable { get; } =
        new(
            RefusalKind.Conflict,
            "appeal.not-appealable",
            "This decision is not in force, or this side has no appeal."
        );

    public static Refusal WindowClosed { get; } =
        new(
            RefusalKind.Conflict,
            "appeal.window-closed",
            "The time in which this decision could be challenged is over."
        );

    public static Refusal AlreadyFiled { get; } =
        new(
            RefusalKind.Conflict,
            "appeal.already-filed",
            "This side has challenged the decision; once more is possible, on new material, after the first is decided."
        );

    public static Refusal UntilOutOfRange { get; } =
        new(
            RefusalKind.Unprocessable,
            "appeal.until-out-of-range",
            "An appellant has until a time in the future, 14 days at most, to answer."
        );

    public static Refusal ModificationUnfit { get; } =
        new(
            RefusalKind.Unprocessable,
            "appeal.modification-unfit",
            "Modified brings a decision in place of the old one; upheld and overturned bring none."
        );
}
