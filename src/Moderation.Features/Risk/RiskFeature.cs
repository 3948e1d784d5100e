// Door of the Risk capability: activity, lists and the score.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Risk;
using Moderation.Features.Risk.Feeds;

namespace Moderation.Features.Risk;

public static class RiskFeature
{
    public static void AddRisk(this IServiceCollection services)
    {
        services.AddRiskFeeds();
        services.AddScoped<ScoreAccounts>();
        services.AddScoped<TakeSignals.Handler>();
        services.AddSingleton<IValidator<SignalBatch>, TakeSignals.Validator>();
        services.AddHostedService<RescoreOpenCases>();
    }

    public static void MapRisk(this IEndpointRouteBuilder routes) => TakeSignals.Map(routes);
}
