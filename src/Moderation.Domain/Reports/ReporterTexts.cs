// What whoever filed a report hears at its end: that it was looked at and how it ended, never what was done to whom (triage.md 13).
namespace Moderation.Domain.Reports;

public static class ReporterTexts
{
    public const string ActionTaken = "action_taken";
    public const string NoViolationFound = "no_violation_found";
    public const string CouldNotVerify = "could_not_verify";
    public const string CoveredBefore = "covered_before";

    /// <param name="violated">A decision on one of the report's cases stands that says so.</param>
    /// <param name="dispositions">What became of the report in each of its cases.</param>
    public static string OutcomeOf(bool violated, IReadOnlyCollection<ReportDisposition> dispositions) =>
        dispositions.All(d => d == ReportDisposition.Covered) ? CoveredBefore
        : violated ? ActionTaken
        : dispositions.Contains(ReportDisposition.Unverifiable) ? CouldNotVerify
        : NoViolationFound;

    public static IReadOnlyDictionary<string, string> Of(string outcome) =>
        outcome switch
        {
            ActionTaken => In(
                "We looked at your report and took action. Thank you.",
                "Wir haben Ihre Meldung geprüft und gehandelt. Danke."
            ),
            CouldNotVerify => In(
                "We looked at your report and could not establish what happened.",
                "Wir haben Ihre Meldung geprüft und konnten nicht feststellen, was geschehen ist."
            ),
            CoveredBefore => In(
                "What you reported had been decided on before.",
                "Was Sie gemeldet haben, war bereits entschieden."
            ),
            _ => In(
                "We looked at your report and found nothing that breaks the rules.",
                "Wir haben Ihre Meldung geprüft und keinen Verstoß gegen die Regeln gefunden."
            ),
        };

    private static Dictionary<string, string> In(string english, string german) =>
        new() { ["en"] = english, ["de"] = german };
}
