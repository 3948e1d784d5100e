// The refusals that a case, its claims and its decisions can give.
namespace Moderation.Domain.Cases;

public static class CaseRefusals
{
    public static Refusal CannotMove(CaseStatus status, CaseMove move) =>
        new(RefusalKind.Conflict, "case.cannot-move", $"A case that is {status} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "case.not-found", "There is no such case.");

    public static Refusal NotOpen { get; } =
        new(RefusalKind.Conflict, "case.not-open", "This case is closed; there is nothing to claim.");

    public static Refusal VersionConflict { get; } =
        new(RefusalKind.Stale, "version.conflict", "The case was changed since you read it.");

    public static Refusal ClaimHeld(string holder, DateTimeOffset until, bool mine) =>
        new(
            RefusalKind.Conflict,
            "claim.held",
            mine
                ? $"You hold this case already, until {until:HH:mm:ss} UTC."
                : $"{holder} holds this case until {until:HH:mm:ss} UTC."
        )
        {
            Facts = new Dictionary<string, object?>
            {
                ["holder"] = holder,
                ["lease_expires_at"] = until,
                ["mine"] = mine,
            },
        };

    public static Refusal ClaimLost { get; } =
        new(RefusalKind.Conflict, "claim.lost", "Your claim on this case has ended; nothing was changed.");

    public static Refusal ClaimNeeded { get; } =
        new(RefusalKind.Forbidden, "claim.needed", "Evidence is opened under a live claim of yours on its case.");

    public static Refusal ClaimNotFound { get; } =
        new(RefusalKind.NotFound, "claim.not-found", "You have no such claim.");

    public static Refusal ClaimCap(int cap) =>
        new(RefusalKind.Conflict, "claim.cap-reached", $"You hold {cap} cases already; decide or release one first.");

    public static Refusal QueueNotFound { get; } =
        new(RefusalKind.NotFound, "queue.not-found", "There is no such queue.");

    public static Refusal QueueEmpty { get; } = new(RefusalKind.NotFound, "queue.empty", "No open case is free.");

    public static Refusal ReasonMissing { get; } =
        new(RefusalKind.Unprocessable, "case.reason-missing", "This needs a reason.");

    public static Refusal SeniorNeeded { get; } =
        new(RefusalKind.Forbidden, "case.senior-needed", "A senior does this.");

    public static Refusal SecondPersonNeeded { get; } =
        new(RefusalKind.Forbidden, "case.second-person-needed", "A second, different person has to ask for the same.");

    public static Refusal OtherOpen { get; } =
        new(RefusalKind.Conflict, "case.other-open", "There is an open case about this subject in this lane already.");

    public static Refusal PastRetention { get; } =
        new(RefusalKind.Conflict, "case.past-retention", "Evidence of this case is destroyed for age.");
}
