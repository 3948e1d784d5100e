// Door of the Opening capability: sealed reads, key releases, and the way to the vault.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Opening;

namespace Moderation.Features.Opening;

public static class OpeningFeature
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static void AddOpening(this IServiceCollection services)
    {
        services.AddSingleton(provider => new VaultAddress(
            provider.GetRequiredService<IConfiguration>()["Vault:Socket"] is { Length: > 0 } socket
                ? socket
                : throw new InvalidOperationException("Vault:Socket is not set."),
            Patience
        ));
        services.AddSingleton<VaultClient>();
        services.AddScoped<VaultFacts>();
        services.AddSingleton<IValidator<DestructionRequest>, DestroyEvidence.Validator>();
        services.AddSingleton<DestroyedKeys>();
        services.AddScoped<ReleaseKeys.Handler>();
        services.AddScoped<DiscloseSegments.Handler>();
        services.AddScoped<DestroyEvidence.Handler>();
    }

    public static void MapOpening(this IEndpointRouteBuilder routes)
    {
        ReadSealedReport.Map(routes);
        ReleaseKeys.Map(routes);
        DiscloseSegments.Map(routes);
        DestroyEvidence.Map(routes);
        ShowVaultKey.Map(routes);
    }
}
