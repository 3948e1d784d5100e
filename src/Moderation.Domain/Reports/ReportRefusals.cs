// The refusals that a report can give.
namespace Moderation.Domain.Reports;

public static class ReportRefusals
{
    public static Refusal CannotMove(ReportState state, ReportMove move) =>
        new(RefusalKind.Conflict, "report.cannot-move", $"A report that is {state} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "report.not-found", "There is no such report.");

    public static Refusal NotComplete { get; } =
        new(RefusalKind.Conflict, "report.not-complete", "The evidence of this report has not arrived as a whole.");

    public static Refusal AlreadyInReview { get; } =
        new(
            RefusalKind.Conflict,
            "report.already-in-review",
            "Somebody has taken on the case of this report; it cannot be withdrawn any more."
        );

    /// <summary>Its key or its bytes were destroyed; the certificate says when and by whom.</summary>
    public static Refusal EvidenceDestroyed { get; } =
        new(
            RefusalKind.Gone,
            "report.evidence-destroyed",
            "The evidence of this report was destroyed and can never be opened again; its digests remain."
        );

    public static Refusal DestructionNeedsSecond { get; } =
        new(
            RefusalKind.Conflict,
            "destruction.second-person",
            "You asked for it yourself; another custodian must agree."
        );

    public static Refusal ExportOpen { get; } =
        new(RefusalKind.Conflict, "destruction.export-open", "A release of this evidence is under way.");

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

    public static Refusal QuotaExceeded { get; } =
        new(
            RefusalKind.TooMany,
            "report.quota-exceeded",
            "This account has as much in unfinished uploads as is allowed; complete or withdraw one."
        );

    public static Refusal KeysUnavailable { get; } =
        new(
            RefusalKind.Unavailable,
            "report.keys-unavailable",
            "The list of recipient keys is missing, not signed by the configuration key, or has ended."
        );

    public static Refusal AttestationsMalformed { get; } =
        new(
            RefusalKind.Malformed,
            "attestations.malformed",
            "The body is not the deterministic CBOR array of a challenge and 1 to 2,048 entries."
        );

    public static Refusal NoRelay { get; } =
        new(RefusalKind.NotFound, "attestations.no-relay", "No relay of this meeting answers for what it forwarded.");

    public static Refusal RelayUnavailable { get; } =
        new(
            RefusalKind.Unavailable,
            "attestations.relay-unavailable",
            "The meeting's relay does not answer, or not in the form it should."
        );

    public static Refusal TooManyAttestations { get; } =
        new(
            RefusalKind.TooMany,
            "attestations.too-many",
            "This challenge has asked as often as is allowed; what is left goes without a receipt."
        );

    public static Refusal FilingInvalid(string what) => new(RefusalKind.Unprocessable, "filing.invalid", what);
}
