// Door of the Intake capability: challenges, reports, their segments and receipts, and the jobs that look after them.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moderation.Contracts.Intake;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public static class IntakeFeature
{
    public static void AddIntake(this IServiceCollection services)
    {
        services.AddSingleton<ModerationKeys>();
        services.TryAddSingleton<RelayDoor>();
        services.AddSingleton<IssueReceipts>();
        services.AddHostedService(provider => provider.GetRequiredService<IssueReceipts>());
        services.AddScoped<IssueChallenge.Handler>();
        services.AddScoped<AskAttestations.Handler>();
        services.AddSingleton<IntakeLimits>();
        services.AddScoped<FileWithoutMedia.Handler>();
        services.AddScoped<FileBundleHead.Handler>();
        services.AddScoped<PutFiling.Handler>();
        services.AddScoped<PutSegment.Handler>();
        services.AddScoped<CompleteReport.Handler>();
        services.AddScoped<AdoptUnfiledReports>();
        services.AddScoped<ExpireUploads>();
        services.AddScoped<ResolveLateSubjects>();
        services.AddScoped<WithdrawReport.Handler>();
        services.AddSingleton<IValidator<ChallengeRequest>, IssueChallenge.Validator>();
    }

    public static void MapIntake(this IEndpointRouteBuilder routes)
    {
        GetModerationKeys.Map(routes);
        GetReasons.Map(routes);
        IssueChallenge.Map(routes);
        AskAttestations.Map(routes);
        FileBundleHead.Map(routes);
        FileWithoutMedia.Map(routes);
        PutFiling.Map(routes);
        PutSegment.Map(routes);
        CompleteReport.Map(routes);
        GetReport.Map(routes);
        GetTimeline.Map(routes);
        WithdrawReport.Map(routes);
    }
}
