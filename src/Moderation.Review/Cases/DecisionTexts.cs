// What the decision dialog says: labels, derivation of the recommendation, and what the platform will receive.
using Moderation.Contracts.Triage;
using Moderation.Review.Wire;

namespace Moderation.Review.Cases;

public static class DecisionTexts
{
    public const string Title = "Decide";
    public const string Outcome = "Outcome";
    public const string Clause = "Clause";
    public const string ClauseFilter = "Find a clause by code or words";
    public const string Severity = "Severity";
    public const string Action = "Action";
    public const string Measures = "Measures";
    public const string Scope = "Scope";
    public const string Duration = "Duration";
    public const string Citations = "Citations";
    public const string NoCitations =
        "None yet. In the player, “Cite this moment” adds one; friction and suspension need at least one.";
    public const string Rationale = "Rationale";
    public const string RationaleHint =
        "What you saw and why it meets, or does not meet, the clause. Stays in the case.";
    public const string WithoutViewing = "I decide without having viewed the evidence";
    public const string WithoutViewingHint = "It was not opened in this session. The decision records this.";
    public const string Deviation = "Why not what is recommended";
    public const string DeviationChoose = "Choose a reason";
    public const string DeviationReason = "In words";
    public const string Receives = "What the platform receives";
    public const string ReceivesNothing = "Nothing is sent.";
    public const string Submit = "Submit decision";
    public const string Submitting = "Submitting…";
    public const string ChooseClause = "Choose a clause to see what it recommends.";

    public static string Recommendation(ClauseShape clause, Draft draft, string version)
    {
        var (action, days) = draft.Recommended(clause);
        var length = days is { } d
            ? d == 1
                ? " for 1 day"
                : $" for {d} days"
            : "";
        return $"{Words.Action(action)}{length}: {clause.Code} at {Words.Severity(draft.Severity).ToLowerInvariant()} severity, policy {version}.";
    }

    public static string Citation(CitationShape citation) =>
        citation is { FromSeconds: { } from, ToSeconds: { } to }
            ? string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"Segment {citation.Segment}, {from:0.0} to {to:0.0} s"
            )
            : $"Segment {citation.Segment}";

    public static string Summary(DecisionShape decision) =>
        decision.Action == "none"
            ? Words.Outcome(decision.Outcome)
            : $"{Words.Outcome(decision.Outcome)}: {Words.Action(decision.Action).ToLowerInvariant()}";

    public static string ReceivesDetail(Draft draft) =>
        draft.Action switch
        {
            "warn" => "The text for the account. Nothing is restricted.",
            "friction" =>
                $"{string.Join(", ", draft.Measures.Select(Words.Measure))}; on: {Words.Scope(draft.Scope).ToLowerInvariant()}; lifted by itself after {Words.Duration(draft.DurationSeconds)}.",
            "suspend" =>
                $"Locked out of {(draft.Scope == "all" ? "everything" : Words.Scope(draft.Scope).ToLowerInvariant())}; reinstated by itself after {Words.Duration(draft.DurationSeconds)}.",
            "ban" => "Locked out of everything until further notice, once a second person agrees.",
            _ => ReceivesNothing,
        };

    /// <summary>What is wrong with one field: a broken rule that points at it, or a refusal whose code names it.</summary>
    public static string? TroubleWith(Problem? problem, string field)
    {
        if (problem is null)
            return null;
        var prefix = field switch
        {
            "clause" => "decision.clause-",
            "severity" => "decision.severity-",
            "action" => "decision.subject-",
            "measures" => "decision.measure-",
            "scope" => "decision.scope-",
            "duration_seconds" => "decision.duration-",
            "citations" => "decision.citation-",
            "deviation_code" => "decision.deviation-",
            "decided_without_viewing" => "decision.evidence-",
            _ => "decision.none",
        };
        return problem.At("/" + field)
            ?? (problem.Code.StartsWith(prefix, StringComparison.Ordinal) ? problem.Detail : null);
    }
}
