// Checks the whole audit log against itself, its checkpoints and the events it speaks of: POST /v1/audit:verify.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Audit;
using Moderation.Data;
using Moderation.Evidence;
using Moderation.Evidence.Audit;
using Moderation.Features.Http;
using Npgsql;

namespace Moderation.Features.Audit;

public static class VerifyAudit
{
    private const int ChunkSize = 2048;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/audit:verify", PostAsync)
            .RequireAuthorization(Policies.Auditor)
            .WithSummary("Check every entry, node and checkpoint of the log, and every event against its entry");

    private static async Task<Ok<VerifiedLog>> PostAsync(
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    ) => TypedResults.Ok(await handler.HandleAsync(caller.Subject(), ct));

    public sealed class Handler(ModerationDb db, LogKeys keys, TimeProvider clock)
    {
        private readonly IReadOnlyList<NoteKey> _keys = keys.Configured ? keys.PublicKeys : [];
        private readonly MerkleFrontier _tree = new();
        private readonly Dictionary<(int Height, long Index), byte[]> _nodes = [];
        private int _checkpoints;
        private long _covered;
        private long _erased;

        public async Task<VerifiedLog> HandleAsync(string actor, CancellationToken ct)
        {
            var fault = await CheckAsync(ct);
            db.Say(
                AuditVerified.Kind,
                new AuditVerified((long)_tree.Size, (long?)fault?.Index, fault?.Code),
                clock.GetUtcNow()
            ).Actor = actor;
            await db.SaveChangesAsync(ct);
            return new VerifiedLog(
                fault is null,
                (long)_tree.Size,
                _tree.Size == 0 ? null : Bytes.ToText(_tree.Root()),
                _checkpoints,
                _erased,
                (long?)fault?.Index,
                fault?.Code,
                fault?.Why
            );
        }

        private async Task<LogFault?> CheckAsync(CancellationToken ct)
        {
            // The head is read first: what is appended meanwhile is another check's business.
            var head = await db.AuditHeads.AsNoTracking().SingleAsync(ct);
            for (var from = 0L; from < head.Size; from += ChunkSize)
                if (await CheckChunkAsync(from, Math.Min(from + ChunkSize, head.Size), ct) is { } fault)
                    return fault;
            if (!head.Frontier.AsSpan().SequenceEqual(_tree.Encode()))
                return Fault(_covered, "audit.root", "the log's head does not belong to its entries");
            return await FindUnloggedAsync(ct);
        }

        private async Task<LogFault?> CheckChunkAsync(long from, long to, CancellationToken ct)
        {
            var notes = await db
                .AuditCheckpoints.AsNoTracking()
                .Where(c => c.Size > from && c.Size <= to)
                .ToDictionaryAsync(c => c.Size, ct);
            var leaves = await LeavesAsync(from, to, ct);
            foreach (var (leaf, said) in leaves)
            {
                if (CheckLeaf(leaf, said) is { } bad)
                    return bad;
                if (notes.TryGetValue((long)_tree.Size, out var checkpoint) && CheckSigned(checkpoint) is { } unsigned)
                    return unsigned;
            }
            if ((long)_tree.Size < to)
                return Fault((long)_tree.Size, "audit.entry-missing", $"entry {_tree.Size} of {to} is not there");
            return await CheckNodesAsync(ct);
        }

        private LogFault? CheckLeaf(AuditLeaf leaf, EventRow? said)
        {
            if (leaf.Index != (long)_tree.Size)
                return Fault((long)_tree.Size, "audit.entry-missing", $"entry {leaf.Index} stands in its place");
            if (!MerkleTree.LeafHash(leaf.Entry).AsSpan().SequenceEqual(leaf.LeafHash))
                return Fault(leaf.Index, "audit.entry-altered", "the entry and its hash do not belong together");
            _tree.Append(leaf.LeafHash, (height, index, hash) => Keep(height, (long)index, hash));
            if (said is null)
                return Fault(leaf.Index, "audit.event-missing", "the event it speaks of is gone");
            return leaf.Form == AuditLeafForm.Evidence ? CheckEvidence(leaf, said) : CheckEvent(leaf, said);
        }

        private LogFault? CheckEvent(AuditLeaf leaf, EventRow said)
        {
            if (
                EventEntry.Parse(leaf.Entry) is not { } entry
                || !entry.EventId.AsSpan().SequenceEqual(said.Details.Id)
                || entry.Kind != said.Details.Kind
                || entry.TimeMs != said.TimeMs
            )
                return Fault(leaf.Index, "audit.event-altered", "kind or time of its event are not what they were");
            if (leaf.Salt is null)
            {
                _erased++;
                return null;
            }
            return said.Details.Digest(leaf.Salt).AsSpan().SequenceEqual(entry.Digest)
                ? null
                : Fault(leaf.Index, "audit.event-altered", "its event does not say what it said");
        }

        // An erased event says nothing that the entry could be made from again; its other leaf counts it.
        private static LogFault? CheckEvidence(AuditLeaf leaf, EventRow said) =>
            said.Details.Payload == "null" || said.EvidenceEntry()?.Encode().AsSpan().SequenceEqual(leaf.Entry) == true
                ? null
                : Fault(leaf.Index, "audit.event-altered", "its event does not say what it said");

        private LogFault? CheckSigned(AuditCheckpoint row)
        {
            // A key that was taken out of service has signed older ones; whoever pinned it checks them from an export.
            var good =
                Checkpoint.Verify(row.Note, _keys)
                ?? (SignedNote.Parse(row.Note) is { } older && !IsOurs(older) ? Checkpoint.Parse(older.Text) : null);
            if (good is null || good.Size != _tree.Size)
                return Fault(_covered, "audit.checkpoint-signature", $"the checkpoint of {row.Size} is not ours");
            if (!good.Root.AsSpan().SequenceEqual(_tree.Root()))
                return Fault(
                    _covered,
                    "audit.root",
                    $"entries {_covered} to {row.Size - 1} do not give the signed root"
                );
            _covered = row.Size;
            _checkpoints++;
            return null;
        }

        private bool IsOurs(SignedNote note) =>
            note.Signatures.Any(s => _keys.Any(key => key.Name == s.Name && key.Id == s.KeyId));

        private void Keep(int height, long index, byte[] hash)
        {
            if (height % LogTree.Step == 0)
                _nodes[(height, index)] = hash;
        }

        private async Task<LogFault?> CheckNodesAsync(CancellationToken ct)
        {
            foreach (var level in _nodes.GroupBy(node => node.Key.Height))
            {
                var indices = level.Select(node => node.Key.Index).ToArray();
                var rows = await db
                    .AuditNodes.AsNoTracking()
                    .Where(node => node.Height == level.Key && indices.Contains(node.Index))
                    .ToDictionaryAsync(node => node.Index, node => node.Hash, ct);
                foreach (var (key, hash) in level)
                    if (!rows.TryGetValue(key.Index, out var kept) || !kept.AsSpan().SequenceEqual(hash))
                        return Fault(
                            key.Index << key.Height,
                            "audit.node-altered",
                            "a kept node is not that of its entries"
                        );
            }
            _nodes.Clear();
            return null;
        }

        private async Task<List<(AuditLeaf Leaf, EventRow? Said)>> LeavesAsync(long from, long to, CancellationToken ct)
        {
            const string sql = $"""
                select l.index, l.event_id, l.form, l.entry, l.leaf_hash, l.salt, {EventRow.Columns}
                from audit_leaves l left join events e on e.id = l.event_id
                where l.index >= @from and l.index < @to order by l.index
                """;
            await db.Database.OpenConnectionAsync(ct);
            await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)db.Database.GetDbConnection());
            command.Parameters.AddWithValue("from", from);
            command.Parameters.AddWithValue("to", to);
            var rows = new List<(AuditLeaf, EventRow?)>();
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                rows.Add((ReadLeaf(reader), reader.IsDBNull(6) ? null : EventRow.Read(reader, 6)));
            return rows;
        }

        private static AuditLeaf ReadLeaf(NpgsqlDataReader reader) =>
            new()
            {
                Index = reader.GetInt64(0),
                EventId = new Domain.EventId(reader.GetGuid(1)),
                Form = Enum.Parse<AuditLeafForm>(reader.GetString(2)),
                Entry = (byte[])reader[3],
                LeafHash = (byte[])reader[4],
                Salt = reader.IsDBNull(5) ? null : (byte[])reader[5],
            };

        // One statement, so one view of the database: an event either waits or has its leaf.
        private async Task<LogFault?> FindUnloggedAsync(CancellationToken ct)
        {
            var unlogged = await db.Events.CountAsync(
                e =>
                    !db.AuditLeaves.Any(l => l.EventId == e.Id && l.Form == AuditLeafForm.Event)
                    && !db.AuditWaiting.Any(w => w.EventId == e.Id),
                ct
            );
            return unlogged == 0
                ? null
                : Fault(
                    (long)_tree.Size,
                    "audit.event-unlogged",
                    $"{unlogged} events are in the event log and not in this one"
                );
        }

        private static LogFault Fault(long index, string code, string why) => new((ulong)index, code, why);
    }
}
