// Reads and keeps the relays that a platform names for a meeting; a key that counted once is never taken back.
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Directory;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Meetings;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Accounts;

internal static class MeetingRelayRows
{
    public static Outcome<List<(CoseKey Key, string? Url)>> Read(IReadOnlyList<RelayUpsert> relays, RelayDoor door)
    {
        List<(CoseKey, string?)> read = [];
        foreach (var relay in relays)
        {
            var key = Bytes.TryRead(relay.PublicKey, out var bytes)
                ? CoseKey.From((CoseAlgorithm)relay.Alg, bytes)
                : null;
            if (key is null)
                return MeetingRefusals.RelayKeyInvalid;
            if (relay.AttestationsUrl is { } url && door.Refuse(url) is { } why)
                return MeetingRefusals.RelayUrlRefused(why);
            read.Add((key, relay.AttestationsUrl));
        }
        return read;
    }

    /// <summary>Receipts of an old key must verify later, so rows are only added; the address is the newest one told.</summary>
    public static async Task UpsertAsync(
        ModerationDb db,
        MeetingId meeting,
        List<(CoseKey Key, string? Url)> relays,
        CancellationToken ct
    )
    {
        if (relays.Exists(r => r.Url is not null))
            await db
                .MeetingRelays.Where(r => r.MeetingId == meeting)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.AttestationsUrl, (string?)null), ct);
        foreach (var (key, url) in relays.OrderBy(r => r.Key.KidHex, StringComparer.Ordinal))
        {
            var (kid, algorithm, publicKey) = (key.Kid.ToArray(), (int)key.Algorithm, key.PublicKey.ToArray());
            await db.Database.ExecuteSqlAsync(
                $"""
                insert into meeting_relays (meeting_id, kid, algorithm, public_key, attestations_url)
                values ({meeting.Value}, {kid}, {algorithm}, {publicKey}, {url})
                on conflict (meeting_id, kid) do update
                set attestations_url = coalesce(excluded.attestations_url, meeting_relays.attestations_url)
                """,
                ct
            );
        }
    }
}
