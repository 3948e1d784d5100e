// The refusals of the audit log.
using Moderation.Domain;

namespace Moderation.Features.Audit;

internal static class AuditRefusals
{
    public static Refusal NoCheckpoint { get; } =
        new(RefusalKind.NotFound, "audit.no-checkpoint", "There is no checkpoint of that size, or none yet.");

    public static Refusal NotInLog { get; } =
        new(RefusalKind.NotFound, "audit.not-in-log", "No such entry is in the tree of that size.");

    public static Refusal BadRange { get; } =
        new(
            RefusalKind.Malformed,
            "audit.bad-range",
            "Sizes are 1 or more, in order, up to that of the newest checkpoint."
        );

    public static Refusal NoReceipt { get; } =
        new(RefusalKind.Conflict, "audit.no-receipt", "This report has no receipt that names a checkpoint.");

    public static Refusal CursorInvalid { get; } =
        new(
            RefusalKind.Malformed,
            "cursor.invalid",
            "This cursor is of another list, or older than a day; start again without one."
        );
}
