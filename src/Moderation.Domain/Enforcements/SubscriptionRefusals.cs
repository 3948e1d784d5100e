// The refusals that a webhook subscription and its deliveries can give.
namespace Moderation.Domain.Enforcements;

public static class SubscriptionRefusals
{
    public static Refusal CannotMove(SubscriptionStatus status, SubscriptionMove move) =>
        new(RefusalKind.Conflict, "webhook.cannot-move", $"A subscription that is {status} cannot {move}.");

    public static Refusal NotFound { get; } =
        new(RefusalKind.NotFound, "webhook.not-found", "There is no such subscription.");

    public static Refusal UrlRefused(string why) => new(RefusalKind.Unprocessable, "webhook.url-refused", why);

    public static Refusal TooMany { get; } =
        new(RefusalKind.Conflict, "webhook.too-many", "There are as many subscriptions as are allowed; delete one.");

    public static Refusal DeliveryNotParked { get; } =
        new(RefusalKind.Conflict, "delivery.not-parked", "Only a parked delivery can be sent again.");

    public static Refusal DeliveryNotFound { get; } =
        new(RefusalKind.NotFound, "delivery.not-found", "There is no such delivery.");
}
