// Door of the Audit capability: the sequencer, checkpoints, witnesses, proofs, and reading and verifying the log.
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Moderation.Features.Audit;

public static class AuditFeature
{
    /// <param name="services">The container.</param>
    /// <param name="runsWork">Whether this process appends to the log and asks witnesses.</param>
    public static void AddAudit(this IServiceCollection services, bool runsWork)
    {
        services.AddSingleton<LogKeys>();
        services.AddScoped<LogTree>();
        services.AddScoped<AppendEvents>();
        services.AddScoped<SignCheckpoint>();
        services.AddScoped<ListAudit.Handler>();
        services.AddScoped<ExportAudit.Handler>();
        services.AddScoped<VerifyAudit.Handler>();
        services.AddScoped<ProveReceipt.Handler>();
        services.AddSingleton<AskWitnesses>();
        if (!runsWork)
            return;
        services.AddHostedService<AuditSequencer>();
        services.AddHostedService(provider => provider.GetRequiredService<AskWitnesses>());
    }

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        ShowCheckpoint.Map(routes);
        ProveLog.Map(routes);
        ProveReceipt.Map(routes);
        ListAudit.Map(routes);
        ExportAudit.Map(routes);
        VerifyAudit.Map(routes);
    }
}
