// Door of the Staff capability: sign-in, credentials, approval keys.
using FluentValidation;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Staff;
using Moderation.Domain.Staff;
using Moderation.Features.Http;

namespace Moderation.Features.Staff;

public static class StaffFeature
{
    public static void AddStaff(this IServiceCollection services)
    {
        services
            .AddAuthentication(Credentials.Scheme)
            .AddScheme<AuthenticationSchemeOptions, CredentialAuthentication>(Credentials.Scheme, null);
        services.AddAuthorization(Policies.Add);
        services.AddSingleton<IPasswordHasher<StaffMember>, PasswordHasher<StaffMember>>();
        services.AddScoped<SignIn.Handler>();
        services.AddScoped<EnrolApprovalKey.Handler>();
        services.AddSingleton<IValidator<SignInRequest>, SignIn.Validator>();
        services.AddSingleton<IValidator<ApprovalKeyRequest>, EnrolApprovalKey.Validator>();
    }

    public static void MapStaff(this IEndpointRouteBuilder routes)
    {
        SignIn.Map(routes);
        EnrolApprovalKey.Map(routes);
    }
}
