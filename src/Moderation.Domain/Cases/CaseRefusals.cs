// The refusals that a case, its claims and its decisions can give.
namespace Moderation.Domain.Cases;

public static class CaseRefusals
{
    public static Refusal CannotMove(CaseStatus status, CaseMove move) =>
        new(RefusalKind.Conflict, "case.cannot-move", $"A case that is {status} cannot {move}.");

    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "case.not-found", "There is no such case.");

    public static Refusal VersionConflict { get; } =
        new(RefusalKind.Stale, "version.conflict", "The case was changed since you read it.");

    public static Refusal ClaimHeld(string holder, DateTimeOffset until) =>
        new(RefusalKind.Conflict, "claim.held", $"{holder} holds this case until {until:HH:mm:ss} UTC.");

    public static Refusal ClaimLost { get; } =
        new(RefusalKind.Conflict, "claim.lost", "Your claim on this case has ended; nothing was changed.");

    public static Refusal QueueEmpty { get; } = new(RefusalKind.NotFound, "queue.empty", "No open case is free.");
}
