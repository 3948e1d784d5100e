// Door of the Triage capability: queues, cases, claims, decisions, the policy.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moderation.Contracts.Triage;
using Moderation.Features.Http;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public static class TriageFeature
{
    public static void AddTriage(this IServiceCollection services)
    {
        services.AddSingleton(PolicyDocument.InForce);
        services.AddSingleton(s => DecisionLimits.From(s.GetRequiredService<IConfiguration>()));
        services.AddSingleton<DecisionRules>();
        services.TryAddScoped<Idempotency>();
        services.TryAddScoped<ForgetAnswers>();
        services.AddScoped<ListCases.Handler>();
        services.AddScoped<ShowCase.Handler>();
        services.AddScoped<PullNext.Handler>();
        services.AddScoped<ClaimCase.Handler>();
        services.AddScoped<ExtendClaim.Handler>();
        services.AddScoped<ReleaseClaim.Handler>();
        services.AddScoped<DecideCase.Handler>();
        services.AddSingleton<IValidator<ClaimRequest>, ClaimCase.Validator>();
        services.AddSingleton<IValidator<DecisionRequest>, DecideCase.Validator>();
    }

    public static void MapTriage(this IEndpointRouteBuilder routes)
    {
        ListQueues.Map(routes);
        ListCases.Map(routes);
        ShowCase.Map(routes);
        PullNext.Map(routes);
        ClaimCase.Map(routes);
        ExtendClaim.Map(routes);
        ReleaseClaim.Map(routes);
        DecideCase.Map(routes);
        GetPolicy.Map(routes);
    }
}
