// Takes in an account as the platform knows it: PUT /v1/accounts/{ext}.
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
using Moderation.Features.Http;

namespace Moderation.Features.Accounts;

public static class PutAccount
{
    public sealed class Validator : AbstractValidator<AccountUpsert>;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/v1/accounts/{ext}", PutAsync)
            .Validate<AccountUpsert>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Make an account known, or tell when it was registered");

    private static async Task<Results<Ok<AccountShape>, ProblemHttpResult>> PutAsync(
        string ext,
        AccountUpsert request,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(ext, request, ct);
        return outcome.Match<Results<Ok<AccountShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Outcome<AccountShape>> HandleAsync(string ext, AccountUpsert request, CancellationToken ct)
        {
            if (!ExternalId.IsGood(ext))
                return AccountRefusals.ExternalIdInvalid;
            var id = (await AccountRows.EnsureAsync(db, [ext], clock.GetUtcNow(), ct))[ext];
            if (request.RegisteredAt is { } registered)
                await db
                    .Accounts.Where(a => a.Id == id)
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(a => a.RegisteredAt, (DateTimeOffset?)registered.ToUniversalTime()),
                        ct
                    );
            return new AccountShape(id.ToString(), ext);
        }
    }
}
