// Takes in account activity: POST /v1/signals keeps each signal once and scores the accounts it tells of.
using System.Security.Cryptography;
using System.Text.Json;
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Risk;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Features.Http;

namespace Moderation.Features.Risk;

public static class TakeSignals
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Late = TimeSpan.FromDays(30);

    public sealed class Validator : AbstractValidator<SignalBatch>
    {
        public Validator()
        {
            RuleFor(b => b.Signals).NotEmpty().Must(s => s.Count <= 500).WithMessage("At most 500 signals a batch.");
            RuleForEach(b => b.Signals)
                .ChildRules(signal =>
                {
                    signal.RuleFor(s => s.Id).NotEmpty().MaximumLength(64);
                    signal.RuleFor(s => s.Kind).NotEmpty().MaximumLength(64);
                    signal.RuleFor(s => s.Account).NotEmpty().MaximumLength(128);
                    signal.RuleFor(s => s.Org).MaximumLength(128);
                    signal.RuleFor(s => s.Meeting).MaximumLength(128);
                    signal.RuleFor(s => s.Ip).MaximumLength(64);
                });
        }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/signals", PostAsync)
            .Validate<SignalBatch>()
            .WithMetadata(new RequestSizeLimitAttribute(1024 * 1024))
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Tell of account activity, at most 500 signals a batch");

    private static async Task<Accepted<SignalResults>> PostAsync(
        SignalBatch batch,
        Handler handler,
        CancellationToken ct
    ) => TypedResults.Accepted((string?)null, await handler.HandleAsync(batch, ct));

    public sealed class Handler(ModerationDb db, ScoreAccounts score, TimeProvider clock)
    {
        public async Task<SignalResults> HandleAsync(SignalBatch batch, CancellationToken ct)
        {
            var now = clock.GetUtcNow();
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            Dictionary<string, SignalResult> results = [];
            HashSet<AccountId> touched = [];
            // Signals of one account act in the order in which they happened (risk.md 1).
            foreach (var item in batch.Signals.OrderBy(s => s.At))
            {
                if (results.ContainsKey(item.Id))
                    continue;
                var (result, account) = await TakeAsync(item, now, ct);
                results[item.Id] = result;
                if (account is { } id)
                    touched.Add(id);
            }
            await db.SaveChangesAsync(ct);
            await score.RunAsync(touched, ct);
            await transaction.CommitAsync(ct);
            return new SignalResults([.. batch.Signals.Select(s => results[s.Id])]);
        }

        private async Task<(SignalResult, AccountId?)> TakeAsync(
            SignalItem item,
            DateTimeOffset now,
            CancellationToken ct
        )
        {
            if (Refuse(item, now) is { } code)
                return (new SignalResult(item.Id, "refused", code), null);
            var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(item, ModerationDb.Json));
            var account = await AccountOfAsync(item, now, ct);
            // The primary key decides: a platform that repeats a batch at once races itself.
            var taken = await db.Database.ExecuteSqlAsync(
                $"""
                insert into activity_signals (id, account_id, kind, at, received_at, body_hash, organisation, meeting, details)
                values ({item.Id}, {account.Value}, {item.Kind}, {item.At.ToUniversalTime()}, {now}, {hash}, {item.Org}, {item.Meeting},
                        {SignalKinds.Details(item.Data)}::jsonb)
                on conflict (id) do nothing
                """,
                ct
            );
            if (taken == 0)
            {
                var same = await db.ActivitySignals.AnyAsync(s => s.Id == item.Id && s.BodyHash == hash, ct);
                return (
                    same
                        ? new SignalResult(item.Id, "duplicate")
                        : new SignalResult(item.Id, "refused", "signal_conflict"),
                    null
                );
            }
            KeepIdentities(item, account);
            return (new SignalResult(item.Id, "accepted"), account);
        }

        private static string? Refuse(SignalItem item, DateTimeOffset now)
        {
            if (!SignalKinds.IsKnown(item.Kind))
                return "unknown_signal_kind";
            if (item.At > now + Ahead)
                return "signal_in_future";
            // A registration may lie as far back as the account is old; everything else is late after 30 days.
            if (item.At < now - Late && item.Kind != "account.registered")
                return "signal_too_late";
            return SignalKinds.Stranger(item.Kind, item.Data) is null ? null : "signal_unknown_member";
        }

        private async Task<AccountId> AccountOfAsync(SignalItem item, DateTimeOffset now, CancellationToken ct)
        {
            var fresh = AccountId.New(now);
            await db.Database.ExecuteSqlAsync(
                $"""
                insert into accounts (id, external_id, first_seen_at, enforcement_version) values ({fresh.Value}, {item.Account}, {now}, 0)
                on conflict (external_id) do nothing
                """,
                ct
            );
            var account = await db.Accounts.SingleAsync(a => a.ExternalId == item.Account, ct);
            if (item.Kind == "account.registered")
                account.RegisteredAt = item.At.ToUniversalTime();
            return account.Id;
        }

        private void KeepIdentities(SignalItem item, AccountId account)
        {
            var registration = item.Kind == "account.registered";
            if (item.Ip is { Length: > 0 } ip)
                Keep(IdentityKind.Address, ip);
            if (MailOf(item.Data) is { Length: > 0 and <= 320 } mail)
                Keep(IdentityKind.Email, mail);

            void Keep(IdentityKind kind, string value) =>
                db.Identities.Add(
                    new Identity
                    {
                        Id = Guid.CreateVersion7(clock.GetUtcNow()),
                        AccountId = account,
                        Kind = kind,
                        Value = value,
                        At = item.At.ToUniversalTime(),
                        AtRegistration = registration,
                    }
                );
        }

        // The address itself, or only its domain where the platform does not share addresses.
        private static string? MailOf(JsonElement? data)
        {
            if (
                data is not { ValueKind: JsonValueKind.Object } members
                || !members.TryGetProperty("email", out var mail)
            )
                return null;
            if (mail.ValueKind == JsonValueKind.String)
                return mail.GetString();
            return mail.ValueKind == JsonValueKind.Object && mail.TryGetProperty("domain", out var domain)
                ? domain.GetString()
                : null;
        }
    }
}
