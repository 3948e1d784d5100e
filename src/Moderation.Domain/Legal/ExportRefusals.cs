// The refusals that a release of evidence can give.
namespace Moderation.Domain.Legal;

public static class ExportRefusals
{
    public static Refusal CannotMove(ExportStatus status, ExportMove move) =>
        new(RefusalKind.Conflict, "export.cannot-move", $"An export that is {status} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "export.not-found", "There is no such export.");

    public static Refusal ReportNotInCase { get; } =
        new(RefusalKind.Unprocessable, "export.report-not-in-case", "This case has no such report.");

    public static Refusal EvidenceIncomplete { get; } =
        new(RefusalKind.Conflict, "export.evidence-incomplete", "The report's evidence has not arrived completely.");

    public static Refusal SegmentUnknown { get; } =
        new(RefusalKind.Unprocessable, "export.segment-unknown", "The report has no such segment.");

    public static Refusal OutsidePeriod { get; } =
        new(
            RefusalKind.Unprocessable,
            "export.outside-period",
            "The report lies outside the period that was asked for."
        );

    public static Refusal ContentNotAsked { get; } =
        new(
            RefusalKind.Unprocessable,
            "export.content-not-asked",
            "Segments are content; the legal process does not ask for content."
        );

    public static Refusal ContentNotAllowed(string basis) =>
        new(RefusalKind.Unprocessable, "export.content-not-allowed", $"{basis} does not allow content to be given.");

    public static Refusal NotServed { get; } =
        new(
            RefusalKind.Unprocessable,
            "export.not-served",
            "A compelled process must be served before anything is released."
        );

    public static Refusal KeyNotEnrolled { get; } =
        new(RefusalKind.Conflict, "export.key-not-enrolled", "Your approval key is not enrolled with the vault yet.");

    public static Refusal RecipientInvalid { get; } =
        new(RefusalKind.Unprocessable, "export.recipient-invalid", "The recipient's key is no X25519 public key.");

    public static Refusal Requester { get; } =
        new(RefusalKind.Forbidden, "export.requester", "Who asks for an export cannot approve it.");

    public static Refusal Decider { get; } =
        new(RefusalKind.Forbidden, "export.decider", "Who took a decision in the case has no part in its release.");

    public static Refusal AlreadyApproved { get; } =
        new(RefusalKind.Conflict, "export.already-approved", "You have approved this export; a second person must.");

    public static Refusal ApprovalInvalid { get; } =
        new(
            RefusalKind.Unprocessable,
            "export.approval-invalid",
            "The approval is not this export's grant signed by an enrolled key of yours."
        );

    public static Refusal ApprovalsStale { get; } =
        new(
            RefusalKind.Conflict,
            "export.approvals-stale",
            "The approvals or the grant are too old; ask for a new one."
        );

    public static Refusal NotRequester { get; } =
        new(RefusalKind.Forbidden, "export.not-requester", "Only the liaison who asked for an export builds it.");

    public static Refusal RequestMismatch { get; } =
        new(
            RefusalKind.Unprocessable,
            "export.request-mismatch",
            "The key request names other segments or another recipient than the approved plan."
        );

    public static Refusal Failed(string code) =>
        new(RefusalKind.Conflict, "export.failed", $"The package could not be made ({code}); nothing was published.");

    public static Refusal NotPublished { get; } =
        new(RefusalKind.Conflict, "export.not-published", "There is no package yet.");
}
