// Adds the lists to a server: settings, refresh, holder and the service that keeps them fresh.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Moderation.Features.Risk.Feeds;

public static class RiskFeedsSetup
{
    public static void AddRiskFeeds(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var configuration = provider.GetRequiredService<IConfiguration>();
            var options = new RiskFeedOptions { Cache = Path.Combine(configuration["DataDir"] ?? ".data", "feeds") };
            configuration.GetSection(RiskFeedOptions.Section).Bind(options);
            return options;
        });
        services.AddSingleton(provider => new RefreshFeeds(
            provider.GetRequiredService<RiskFeedOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            new HttpClient()
        ));
        services.AddSingleton<RiskData>();
        services.AddHostedService<KeepFeedsFresh>();
    }
}
