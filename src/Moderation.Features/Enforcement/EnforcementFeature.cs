// Door of the Enforcement capability: the timely end of what was decided.
using Microsoft.Extensions.DependencyInjection;

namespace Moderation.Features.Enforcement;

public static class EnforcementFeature
{
    public static void AddEnforcement(this IServiceCollection services)
    {
        services.AddScoped<EndDueEnforcements>();
        services.AddScoped<ScheduleExpiry>();
    }
}
