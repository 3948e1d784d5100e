// Registers a signing device of an account: PUT /v1/accounts/{ext}/devices/{kid}.
using System.Diagnostics.CodeAnalysis;
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
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Accounts;

public static class PutDevice
{
    public sealed class Validator : AbstractValidator<DeviceUpsert>
    {
        public Validator()
        {
            RuleFor(r => r.Alg)
                .Must(alg => Enum.IsDefined((CoseAlgorithm)alg))
                .WithMessage("-19 (Ed25519) or -9 (ESP256).");
            RuleFor(r => r.PublicKey).NotEmpty().MaximumLength(128);
            RuleFor(r => r.Certificate).MaximumLength(4_096);
        }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/v1/accounts/{ext}/devices/{kid}", PutAsync)
            .Validate<DeviceUpsert>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Register the public half of a device's signing key");

    private static async Task<Results<Ok<DeviceShape>, ProblemHttpResult>> PutAsync(
        string ext,
        string kid,
        DeviceUpsert request,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(ext, kid, request, ct);
        return outcome.Match<Results<Ok<DeviceShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, DeviceAuthority authority, TimeProvider clock)
    {
        public async Task<Outcome<DeviceShape>> HandleAsync(
            string ext,
            string kid,
            DeviceUpsert request,
            CancellationToken ct
        )
        {
            if (!TryReadKey(request, out var key))
                return AccountRefusals.DeviceKeyInvalid;
            if (!Bytes.TryRead(kid, 32, out var named) || !key.Kid.SequenceEqual(named))
                return AccountRefusals.DeviceKidMismatch;
            if (!ExternalId.IsGood(ext))
                return AccountRefusals.ExternalIdInvalid;
            var account = await db.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.ExternalId == ext, ct);
            if (account is null)
                return AccountRefusals.NotFound;

            byte[]? certificate = null;
            if (
                request.Certificate is { } text
                && (!Bytes.TryRead(text, out certificate) || !authority.Vouches(certificate, key))
            )
                return AccountRefusals.DeviceCertificateInvalid;

            db.Devices.Add(
                new Device
                {
                    Kid = named,
                    AccountId = account.Id,
                    Algorithm = request.Alg,
                    PublicKey = key.PublicKey.ToArray(),
                    RegisteredAt = clock.GetUtcNow(),
                    Certificate = certificate,
                }
            );
            // A kid that is there already is the same key: its status and chain stay, whoever asks (evidence-bundle.md 14).
            await db.TrySaveAsync(ct);
            var device = await db.Devices.AsNoTracking().SingleAsync(d => d.Kid == named, ct);
            if (device.AccountId != account.Id)
                return AccountRefusals.DeviceOfAnotherAccount;
            return new DeviceShape(kid, ext, device.Status.ToString().ToLowerInvariant());
        }

        // Small-order points, points off the curve and wrong lengths are refused here, once (evidence-bundle.md 11).
        private static bool TryReadKey(DeviceUpsert request, [NotNullWhen(true)] out CoseKey? key)
        {
            key = Bytes.TryRead(request.PublicKey, out var bytes)
                ? CoseKey.From((CoseAlgorithm)request.Alg, bytes)
                : null;
            return key is not null;
        }
    }
}
