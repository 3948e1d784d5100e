// Answers a repeated request with its first answer: the key is taken and the answer kept in the transaction of the effect.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Moderation.Data;
using Moderation.Domain;

namespace Moderation.Features.Http;

/// <summary>An answer as it was, or is, sent.</summary>
public sealed record KeptAnswer(int Status, string Json, bool Replayed);

public sealed class Idempotency(ModerationDb db, IOptions<JsonOptions> json)
{
    public const string Header = "Idempotency-Key";
    internal static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public static Refusal KeyMissing { get; } =
        new(RefusalKind.Malformed, "idempotency.key-missing", $"{Header} is needed: 1 to 128 visible characters.");

    public static Refusal KeyReused { get; } =
        new(RefusalKind.Unprocessable, "idempotency.key-reused", "This key came with another body before.");

    public static string? KeyOf(HttpRequest request)
    {
        var key = request.Headers[Header].ToString();
        return key.Length is >= 1 and <= 128 && key.All(c => c is > ' ' and <= '~') ? key : null;
    }

    /// <summary>
    /// Runs <paramref name="act"/> in one transaction with the key. A refusal rolls everything back and is not kept,
    /// since it did nothing; a second request with the key waits for the first and gets its answer.
    /// </summary>
    public async Task<Outcome<KeptAnswer>> RunAsync<TBody, TAnswer>(
        string subject,
        string key,
        TBody body,
        int status,
        Func<Task<Outcome<TAnswer>>> act,
        CancellationToken ct
    )
    {
        var hash = HashOf(body);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = await db.NowAsync(ct);
        var old = now - Kept;
        await db.Database.ExecuteSqlAsync(
            $"delete from idempotency_keys where subject = {subject} and key = {key} and at < {old}",
            ct
        );
        var taken = await db.Database.ExecuteSqlAsync(
            $"""
            insert into idempotency_keys (subject, key, body_hash, status, response, at)
            values ({subject}, {key}, {hash}, 0, '', {now}) on conflict do nothing
            """,
            ct
        );
        if (taken == 0)
        {
            await transaction.RollbackAsync(ct);
            return await AnswerAgainAsync(subject, key, hash, ct);
        }

        var outcome = await act();
        if (outcome.Refusal is { } refusal)
        {
            await transaction.RollbackAsync(ct);
            db.ChangeTracker.Clear();
            return refusal;
        }
        var text = JsonSerializer.Serialize(outcome.Value, json.Value.SerializerOptions);
        await db.Database.ExecuteSqlAsync(
            $"update idempotency_keys set status = {status}, response = {text} where subject = {subject} and key = {key}",
            ct
        );
        await transaction.CommitAsync(ct);
        return new KeptAnswer(status, text, Replayed: false);
    }

    public static ContentHttpResult Send(HttpContext context, KeptAnswer answer)
    {
        if (answer.Replayed)
            context.Response.Headers["Idempotency-Replayed"] = "true";
        return TypedResults.Text(answer.Json, "application/json; charset=utf-8", Encoding.UTF8, answer.Status);
    }

    private async Task<Outcome<KeptAnswer>> AnswerAgainAsync(
        string subject,
        string key,
        byte[] hash,
        CancellationToken ct
    )
    {
        var first = await db.IdempotencyKeys.AsNoTracking().SingleAsync(k => k.Subject == subject && k.Key == key, ct);
        return first.BodyHash.AsSpan().SequenceEqual(hash)
            ? new KeptAnswer(first.Status, first.Response, Replayed: true)
            : KeyReused;
    }

    // The type's name is part of it, so that a key cannot be answered by another route's first answer.
    private byte[] HashOf<TBody>(TBody body) =>
        SHA256.HashData([
            .. Encoding.UTF8.GetBytes(typeof(TBody).Name + "\n"),
            .. JsonSerializer.SerializeToUtf8Bytes(body, json.Value.SerializerOptions),
        ]);
}
