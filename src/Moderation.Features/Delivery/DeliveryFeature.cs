// Door of the Delivery capability: the event pump, webhook subscriptions, and the worker that sends to them.
using FluentValidation;
using MassTransit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Webhooks;
using Moderation.Data;

namespace Moderation.Features.Delivery;

public static class DeliveryFeature
{
    /// <summary>Comes after every other feature: consumers are taken from what is registered by then.</summary>
    /// <param name="services">The container.</param>
    /// <param name="runsWork">Whether this process pumps events and sends webhooks.</param>
    public static void AddDelivery(this IServiceCollection services, bool runsWork)
    {
        services.AddSingleton<EventSignal>();
        services.AddSingleton<DeliverySignal>();
        services.AddSingleton<EventSignalInterceptor>();
        services.ConfigureDbContext<ModerationDb>(
            (provider, options) => options.AddInterceptors(provider.GetRequiredService<EventSignalInterceptor>())
        );
        services.AddSingleton<SecretBox>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<WebhookSender>(provider));
        services.AddScoped<SubscribeWebhook.Handler>();
        services.AddSingleton<IValidator<WebhookRequest>, SubscribeWebhook.Validator>();
        services.AddScoped<QueueDeliveries>();

        var catalog = EventCatalog.Of(services);
        services.AddSingleton(catalog);
        // It would log a failing consumer's exception with its text, which may quote data; the pump logs the class.
        services.AddLogging(logging => logging.AddFilter("MassTransit", LogLevel.None));
        services.AddMediator(mediator =>
        {
            foreach (var consumer in catalog.Consumers)
                mediator.AddConsumer(consumer.Type);
        });
        services.AddSingleton<EventPump>();
        services.AddSingleton<DeliverWebhooks>();
        if (!runsWork)
            return;
        services.AddHostedService(provider => provider.GetRequiredService<EventPump>());
        services.AddHostedService(provider => provider.GetRequiredService<DeliverWebhooks>());
    }

    public static void MapDelivery(this IEndpointRouteBuilder routes)
    {
        SubscribeWebhook.Map(routes);
        ListWebhooks.Map(routes);
        EndSubscription.Map(routes);
        ResendDelivery.Map(routes);
    }
}
