// Takes in a webhook subscription: POST /v1/webhooks makes its secret, shows it once and queues the test event.
using System.Security.Claims;
using System.Security.Cryptography;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Webhooks;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Enforcements;
using Moderation.Features.Http;

namespace Moderation.Features.Delivery;

public static class SubscribeWebhook
{
    private const int AtMost = 50;

    public sealed class Validator : AbstractValidator<WebhookRequest>
    {
        public Validator() => RuleFor(r => r.Url).NotEmpty().MaximumLength(2048);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/webhooks", PostAsync).Validate<WebhookRequest>().RequireAuthorization(Policies.Platform);

    private static async Task<Results<Created<WebhookShape>, ProblemHttpResult>> PostAsync(
        WebhookRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(request, caller.Subject(), ct);
        return outcome.Match<Results<Created<WebhookShape>, ProblemHttpResult>>(
            shape => TypedResults.Created($"/v1/webhooks/{shape.Id}", shape),
            refusal => refusal.ToProblem()
        );
    }

    public static WebhookShape ShapeOf(Subscription subscription, string? secret) =>
        new(
            subscription.Id.ToString(),
            subscription.Url,
            subscription.Status.ToString().ToLowerInvariant(),
            secret,
            subscription.CreatedAt
        );

    public sealed class Handler(
        ModerationDb db,
        WebhookSender sender,
        SecretBox box,
        DeliverySignal signal,
        TimeProvider clock
    )
    {
        public async Task<Outcome<WebhookShape>> HandleAsync(WebhookRequest request, string actor, CancellationToken ct)
        {
            if (sender.Refuse(request.Url) is { } why)
                return SubscriptionRefusals.UrlRefused(why);
            if (await db.Subscriptions.CountAsync(s => s.Status != SubscriptionStatus.Disabled, ct) >= AtMost)
                return SubscriptionRefusals.TooMany;

            var now = clock.GetUtcNow();
            var id = SubscriptionId.New(now);
            var secret = RandomNumberGenerator.GetBytes(WebhookSignature.SecretLength);
            var subscription = new Subscription
            {
                Id = id,
                Url = request.Url,
                SealedSecret = box.Seal(secret, id),
                CreatedAt = now,
            };
            db.Subscriptions.Add(subscription);
            db.Deliveries.Add(TestOf(id, now));
            db.Say(WebhookSubscribed.Kind, new WebhookSubscribed(id.ToString()), now).Actor = actor;
            await db.SaveChangesAsync(ct);
            signal.Set();
            return ShapeOf(subscription, WebhookSignature.ToText(secret));
        }

        private static Domain.Enforcements.Delivery TestOf(SubscriptionId id, DateTimeOffset now)
        {
            var eventId = EventId.New(now);
            return new Domain.Enforcements.Delivery
            {
                SubscriptionId = id,
                EventId = eventId,
                Kind = OutwardJson.TestKind,
                Body = OutwardJson.RenderTest(eventId, now),
                CreatedAt = now,
                // The caller first needs the moment to read the secret with which it will check the test.
                NextAttemptAt = now + TimeSpan.FromMilliseconds(300),
            };
        }
    }
}
