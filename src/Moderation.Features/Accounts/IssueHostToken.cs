// Gives the platform a token with which one account's client may file reports: POST /v1/host-tokens.
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Directory;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Staff;
using Moderation.Features.Http;
using Moderation.Features.Staff;

namespace Moderation.Features.Accounts;

public static class IssueHostToken
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    public sealed class Validator : AbstractValidator<HostTokenRequest>
    {
        public Validator() => RuleFor(r => r.Account).Must(ExternalId.IsGood).WithMessage(ExternalId.Rule);
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/host-tokens", PostAsync)
            .Validate<HostTokenRequest>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Ask for a token with which a host's client may file reports, valid for one hour");

    private static async Task<Results<Ok<HostToken>, ProblemHttpResult>> PostAsync(
        HostTokenRequest request,
        Handler handler,
        HttpResponse response,
        CancellationToken ct
    )
    {
        response.Headers.CacheControl = "no-store";
        var outcome = await handler.HandleAsync(request, ct);
        return outcome.Match<Results<Ok<HostToken>, ProblemHttpResult>>(
            token => TypedResults.Ok(token),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<HostToken>> HandleAsync(HostTokenRequest request, CancellationToken ct)
        {
            var account = await db
                .Accounts.AsNoTracking()
                .SingleOrDefaultAsync(a => a.ExternalId == request.Account, ct);
            if (account is null)
                return AccountRefusals.NotFound;
            var now = clock.GetUtcNow();
            var token = Credentials.Issue(db, CredentialKind.HostToken, account.Id.ToString(), now, Life);
            await db.SaveChangesAsync(ct);
            return new HostToken(token, now + Life);
        }
    }
}
