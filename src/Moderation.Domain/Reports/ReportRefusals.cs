// The refusals that a report can give.
namespace Moderation.Domain.Reports;

public static class ReportRefusals
{
    public static Refusal CannotMove(ReportState state, ReportMove move) =>
        new(RefusalKind.Conflict, "report.cannot-move", $"A report that is {state} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "report.not-found", "There is no such report.");

    public static Refusal NotComplete { get; } =
        new(RefusalKind.Conflict, "report.not-complete", "The evidence of this report has not arrived as a whole.");

    public static Refusal FilingAlreadySet { get; } =
        new(RefusalKind.Conflict, "filing.already-set", "This report already has a different filing.");

    public static Refusal TooManyChallenges { get; } =
        new(
            RefusalKind.TooMany,
            "report.too-many-challenges",
            "This device has as many unanswered challenges as are allowed; they end after 15 minutes."
        );

    public static Refusal TooManyReports { get; } =
        new(
            RefusalKind.TooMany,
            "report.too-many",
            "This device has filed as many reports in this hour as are allowed."
        );

    public static Refusal KeysUnavailable { get; } =
        new(
            RefusalKind.Unavailable,
            "report.keys-unavailable",
            "The list of recipient keys is missing, not signed by the configuration key, or has ended."
        );

    public static Refusal FilingInvalid(string what) => new(RefusalKind.Unprocessable, "filing.invalid", what);
}
