// What delivery says in the event log; none of it leaves the system.
namespace Moderation.Contracts.Webhooks;

public sealed record WebhookSubscribed(string SubscriptionId)
{
    public const string Kind = "webhook.subscribed";
}

/// <param name="SubscriptionId"><c>whs_…</c>.</param>
/// <param name="Cause"><c>deleted</c>, <c>gone</c> (the receiver answered 410), <c>never-answered</c> (its test).</param>
public sealed record WebhookDisabled(string SubscriptionId, string Cause)
{
    public const string Kind = "webhook.disabled";
}

/// <summary>The last attempt failed; the event waits for the operator, and later ones of its account wait behind it.</summary>
public sealed record DeliveryParked(string EventId, string SubscriptionId, int? LastStatus)
{
    public const string Kind = "delivery.parked";
}

public sealed record DeliveryResent(string EventId, string SubscriptionId)
{
    public const string Kind = "delivery.resent";
}
