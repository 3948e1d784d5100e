// Ends a device's signing key for good: DELETE /v1/accounts/{ext}/devices/{kid}. To rotate, register the next key and revoke this one.
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

public static class RevokeDevice
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapDelete("/v1/accounts/{ext}/devices/{kid}", DeleteAsync)
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Revoke a device's signing key; what it signed stays valid, and it signs no more");

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string ext,
        string kid,
        Handler handler,
        CancellationToken ct
    )
    {
        var refusal = await handler.HandleAsync(ext, kid, ct);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    public sealed class Handler(ModerationDb db, TimeProvider clock)
    {
        public async Task<Refusal?> HandleAsync(string ext, string kid, CancellationToken ct)
        {
            if (!ExternalId.IsGood(ext) || !Bytes.TryRead(kid, 32, out var bytes))
                return AccountRefusals.DeviceNotFound;
            await using var work = await db.Database.BeginTransactionAsync(ct);
            var rows = await db
                .Devices.FromSql($"select *, xmin from devices where kid = {bytes} for update")
                .AsTracking()
                .ToListAsync(ct);
            if (
                rows is not [var device]
                || !await db.Accounts.AnyAsync(a => a.Id == device.AccountId && a.ExternalId == ext, ct)
            )
                return AccountRefusals.DeviceNotFound;
            // A frozen one stays frozen: that says more, and it signs no more either.
            if (device.Status != DeviceStatus.Active)
                return null;
            var now = clock.GetUtcNow();
            (device.Status, device.EndedAt) = (DeviceStatus.Revoked, now);
            db.Say(DeviceRevoked.Kind, new DeviceRevoked(device.AccountId.ToString(), Bytes.ToText(bytes)), now).Actor =
                "platform";
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return null;
        }
    }
}
