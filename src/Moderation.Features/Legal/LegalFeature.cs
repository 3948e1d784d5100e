// Door of the Legal capability: custody records, and releases of evidence to authorities.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Legal;

namespace Moderation.Features.Legal;

public static class LegalFeature
{
    /// <param name="services">The container.</param>
    /// <param name="servesRequests">Whether this process makes packages, and so cleans up half-made ones.</param>
    public static void AddLegal(this IServiceCollection services, bool servesRequests)
    {
        services.AddSingleton<StaffPseudonyms>();
        services.AddSingleton<ExportFolders>();
        services.AddSingleton<ExportFailures>();
        services.AddSingleton<PackageKeys>();
        services.AddScoped<CustodyBook>();
        services.AddScoped<KeepCustody>();
        services.AddScoped<PackageFacts>();
        services.AddScoped<PackageWorkshop>();
        services.AddScoped<RequestExport.Handler>();
        services.AddScoped<ListExports.Handler>();
        services.AddScoped<ApproveExport.Handler>();
        services.AddScoped<BuildExport.Handler>();
        services.AddSingleton<IValidator<ExportRequest>, RequestExport.Validator>();
        services.AddSingleton<IValidator<ExportApprovalRequest>, ApproveExport.Validator>();
        services.AddSingleton<IValidator<ExportBuildRequest>, BuildExport.Validator>();
        services.AddScoped<PlaceHold.Handler>();
        services.AddScoped<ReleaseHold.Handler>();
        services.AddSingleton<IValidator<HoldRequest>, PlaceHold.Validator>();
        services.AddSingleton<IValidator<HoldReleaseRequest>, ReleaseHold.Validator>();
        services.AddSingleton<SweepStaging>();
        if (servesRequests)
            services.AddHostedService(provider => provider.GetRequiredService<SweepStaging>());
    }

    public static void MapLegal(this IEndpointRouteBuilder routes)
    {
        RequestExport.Map(routes);
        ListExports.Map(routes);
        ShowExport.Map(routes);
        ApproveExport.Map(routes);
        BuildExport.Map(routes);
        PlaceHold.Map(routes);
        ReleaseHold.Map(routes);
        PreviewRetention.Map(routes);
    }
}
