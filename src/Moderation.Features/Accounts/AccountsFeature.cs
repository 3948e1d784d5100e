// Door of the Accounts capability: what the platform tells of accounts, devices, meetings, and the tokens of its hosts.
using FluentValidation;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Moderation.Contracts.Directory;
using Moderation.Features.Http;

namespace Moderation.Features.Accounts;

public static class AccountsFeature
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.TryAddSingleton<RelayDoor>();
        services.AddScoped<PutAccount.Handler>();
        services.AddScoped<PutDevice.Handler>();
        services.AddScoped<PutMeeting.Handler>();
        services.AddScoped<RevokeDevice.Handler>();
        services.AddScoped<PutDirectory.Handler>();
        services.AddSingleton<DeviceAuthority>();
        services.AddSingleton<IValidator<DirectoryBatch>, PutDirectory.Validator>();
        services.AddScoped<IssueHostToken.Handler>();
        services.AddSingleton<IValidator<AccountUpsert>, PutAccount.Validator>();
        services.AddSingleton<IValidator<DeviceUpsert>, PutDevice.Validator>();
        services.AddSingleton<IValidator<MeetingUpsert>, PutMeeting.Validator>();
        services.AddSingleton<IValidator<HostTokenRequest>, IssueHostToken.Validator>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        PutAccount.Map(routes);
        PutDevice.Map(routes);
        PutMeeting.Map(routes);
        RevokeDevice.Map(routes);
        PutDirectory.Map(routes);
        IssueHostToken.Map(routes);
    }
}
