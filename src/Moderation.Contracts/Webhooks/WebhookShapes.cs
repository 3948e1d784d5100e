// Webhook subscriptions of the platform.
namespace Moderation.Contracts.Webhooks;

public sealed record WebhookRequest(string Url);

/// <param name="Secret"><c>whsec_…</c>, shown once; null ever after.</param>
public sealed record WebhookShape(string Id, string Url, string Status, string? Secret, DateTimeOffset CreatedAt);
