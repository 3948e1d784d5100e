// Takes in many accounts, devices and meetings at once, each with a result of its own: POST /v1/directory:bulk.
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Moderation.Contracts.Directory;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Features.Http;

namespace Moderation.Features.Accounts;

public static class PutDirectory
{
    private const int MostItems = 500;

    public sealed class Validator : AbstractValidator<DirectoryBatch>
    {
        public Validator()
        {
            RuleFor(b => b.Items).NotEmpty().Must(i => i.Count <= MostItems).WithMessage("1 to 500 items.");
            RuleForEach(b => b.Items).NotNull();
        }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/directory:bulk", PostAsync)
            .Validate<DirectoryBatch>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary(
                "Tell of at most 500 accounts, devices and meetings; each item stands or falls alone, in order"
            );

    private static async Task<Ok<DirectoryResults>> PostAsync(
        DirectoryBatch batch,
        Handler handler,
        CancellationToken ct
    ) => TypedResults.Ok(await handler.HandleAsync(batch, ct));

    public sealed class Handler(
        ModerationDb db,
        PutAccount.Handler accounts,
        PutDevice.Handler devices,
        PutMeeting.Handler meetings,
        IValidator<AccountUpsert> accountRules,
        IValidator<DeviceUpsert> deviceRules,
        IValidator<MeetingUpsert> meetingRules
    )
    {
        public async Task<DirectoryResults> HandleAsync(DirectoryBatch batch, CancellationToken ct)
        {
            List<DirectoryResult> results = [];
            foreach (var item in batch.Items)
            {
                var refusal = await TakeAsync(item, ct);
                db.ChangeTracker.Clear();
                results.Add(
                    refusal is null
                        ? new DirectoryResult(item.Id, "taken")
                        : new DirectoryResult(item.Id, "refused", refusal.Code, refusal.Detail)
                );
            }
            return new DirectoryResults(results);
        }

        // Each of them is one transaction, the same as when it comes alone.
        private async Task<Refusal?> TakeAsync(DirectoryItem item, CancellationToken ct) =>
            item switch
            {
                { Kind: "account", Account: { } account } => Broken(accountRules.Validate(account))
                    ?? (await accounts.HandleAsync(item.Id, account, ct)).Refusal,
                { Kind: "device", Device: { } device, Owner: { } owner } => Broken(deviceRules.Validate(device))
                    ?? (await devices.HandleAsync(owner, item.Id, device, ct)).Refusal,
                { Kind: "meeting", Meeting: { } meeting } => Broken(meetingRules.Validate(meeting))
                    ?? (await meetings.HandleAsync(item.Id, meeting, ct)).Refusal,
                _ => AccountRefusals.DirectoryItemUnknown,
            };

        private static Refusal? Broken(FluentValidation.Results.ValidationResult result) =>
            result.IsValid
                ? null
                : new Refusal(
                    RefusalKind.Malformed,
                    "request.invalid",
                    $"{result.Errors[0].PropertyName}: {result.Errors[0].ErrorMessage}"
                );
    }
}
