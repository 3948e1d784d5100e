// The refusals that a report can give.
namespace Moderation.Domain.Reports;

public static class ReportRefusals
{
    public static Refusal CannotMove(ReportState state, ReportMove move) =>
        new(RefusalKind.Conflict, "report.cannot-move", $"A report that is {state} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "report.not-found", "There is no such report.");

    public static Refusal FilingAlreadySet { get; } =
        new(RefusalKind.Conflict, "filing.already-set", "This report already has a different filing.");

    public static Refusal FilingInvalid(string what) => new(RefusalKind.Unprocessable, "filing.invalid", what);
}
