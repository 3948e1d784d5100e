// The refusals that a decision can give (triage.md 8).
namespace Moderation.Domain.Cases;

public static class DecisionRefusals
{
    public static Refusal ClauseMissing { get; } = No("clause-missing", "A violation names its clause.");

    public static Refusal ClauseUnknown { get; } = No("clause-unknown", "The policy in force has no such clause.");

    public static Refusal SeverityMissing { get; } =
        No("severity-missing", "A violation names its severity, S0 to S4.");

    public static Refusal NotForOutcome { get; } =
        No("not-for-outcome", "Clause, severity and an action belong to a violation only.");

    public static Refusal NotForAction { get; } =
        No("not-for-action", "Measures belong to friction; scope and duration to friction and suspension.");

    public static Refusal MeasureMissing { get; } = No("measure-missing", "Friction needs at least one measure.");

    public static Refusal MeasureUnknown { get; } = No("measure-unknown", "The policy in force has no such measure.");

    public static Refusal ScopeUnknown { get; } = No("scope-unknown", "This action has no such scope.");

    public static Refusal DurationMissing { get; } = No("duration-missing", "This action needs a duration.");

    public static Refusal DurationOutOfRange(TimeSpan least, TimeSpan most) =>
        No(
            "duration-out-of-range",
            $"This action lasts {least.TotalSeconds:F0} seconds at least and {most.TotalDays:F0} days at most."
        );

    public static Refusal CitationMissing { get; } =
        No("citation-missing", "Anything above a warning needs a citation.");

    public static Refusal CitationUnresolved { get; } =
        No("citation-unresolved", "A citation points at no segment and time of a report in this case.");

    public static Refusal EvidenceNotOpened { get; } =
        No("evidence-not-opened", "You opened no evidence of this case; say so if you decide without viewing.");

    public static Refusal SubjectNotAccount { get; } =
        No("subject-not-account", "The subject is a meeting; only an account can be warned, limited or suspended.");

    public static Refusal CannotMove(DecisionState state, DecisionMove move) =>
        new(RefusalKind.Conflict, "decision.cannot-move", $"A decision that is {state} cannot {move}.");

    public static Refusal NotFound { get; } =
        new(RefusalKind.NotFound, "decision.not-found", "There is no such decision.");

    public static Refusal NotYours { get; } =
        new(RefusalKind.Forbidden, "decision.not-yours", "Only whoever decided may take it back.");

    public static Refusal GraceOver { get; } =
        new(RefusalKind.Conflict, "decision.grace-over", "The time to undo is over; the decision is released.");

    public static Refusal GraceRuns { get; } =
        new(RefusalKind.Conflict, "decision.grace-runs", "The time to undo is not over yet.");

    public static Refusal Reviewed { get; } =
        new(RefusalKind.Conflict, "decision.reviewed", "The second reviewer has handed in; it cannot be withdrawn.");

    public static Refusal GraceOutOfRange(int least, int most) =>
        No("grace-out-of-range", $"The time to undo is {least} to {most} seconds.");

    public static Refusal DeviationMissing { get; } =
        No("deviation-missing", "This is not what the policy recommends: a code and a reason are needed.");

    public static Refusal DeviationUnknown { get; } =
        No("deviation-unknown", "The policy in force has no such deviation code.");

    public static Refusal InterimUnfit { get; } =
        No(
            "interim-unfit",
            "An interim measure is for S0 and S1 with a second look due: up to 72 hours of suspension, or the end of sessions."
        );

    private static Refusal No(string code, string detail) => new(RefusalKind.Unprocessable, $"decision.{code}", detail);
}
