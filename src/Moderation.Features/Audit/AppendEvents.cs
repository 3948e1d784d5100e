// Gives every committed event its leaf, once and in one place: a batch a transaction, one sequencer at a time.
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Evidence;
using Moderation.Evidence.Audit;
using Npgsql;
using NpgsqlTypes;

namespace Moderation.Features.Audit;

public sealed class AppendEvents(ModerationDb db)
{
    public const int BatchSize = 2048;
    private const int SaltLength = 32;

    private static readonly Meter _meter = new("Moderation.Audit");
    private static readonly Histogram<double> _duration = _meter.CreateHistogram<double>(
        "moderation.audit.append.duration",
        "s",
        "Time to append one batch to the audit log"
    );
    private static readonly Counter<long> _leaves = _meter.CreateCounter<long>(
        "moderation.audit.leaves",
        "{leaf}",
        "Leaves appended to the audit log"
    );

    /// <summary>Appends one batch; returns the number of events in it, 0 when none waits or somebody else appends.</summary>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        if (!await db.AuditWaiting.AnyAsync(ct))
            return 0;
        var started = Stopwatch.GetTimestamp();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // Whoever holds this row appends; its lock goes with the transaction, also when the process is killed.
        if (await HeadAsync(db, ct) is not { } head)
            return 0;
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var under = (NpgsqlTransaction)transaction.GetDbTransaction();
        var events = await TakeAsync(connection, under, ct);
        var tree = MerkleFrontier.Read((ulong)head.Size, head.Frontier);
        var (leaves, nodes) = Grow(tree, events);
        await WriteLeavesAsync(connection, leaves, ct);
        await WriteNodesAsync(connection, nodes, ct);
        await db.Database.ExecuteSqlAsync(
            $"update audit_head set size = {(long)tree.Size}, frontier = {tree.Encode()} where id = {AuditHead.Only}",
            ct
        );
        await transaction.CommitAsync(ct);
        _leaves.Add(leaves.Count);
        _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        return events.Count;
    }

    internal static async Task<AuditHead?> HeadAsync(ModerationDb db, CancellationToken ct)
    {
        var rows = await db
            .AuditHeads.FromSql($"select * from audit_head where id = {AuditHead.Only} for update skip locked")
            .AsNoTracking()
            .ToListAsync(ct);
        return rows.SingleOrDefault();
    }

    // Taken out with the leaf, in one transaction: an event that commits late waits in the queue like any other, however
    // small its id, and there is no mark to fall behind.
    private static async Task<List<EventRow>> TakeAsync(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        CancellationToken ct
    )
    {
        const string sql = $"""
            with taken as (
                delete from audit_waiting
                where event_id in (select event_id from audit_waiting order by event_id limit @batch)
                returning event_id)
            select {EventRow.Columns} from events e join taken on taken.event_id = e.id order by e.id
            """;
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        command.Parameters.AddWithValue("batch", BatchSize);
        var rows = new List<EventRow>(BatchSize);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            rows.Add(EventRow.Read(reader));
        return rows;
    }

    private static (List<AuditLeaf> Leaves, List<AuditNode> Nodes) Grow(MerkleFrontier tree, List<EventRow> events)
    {
        var leaves = new List<AuditLeaf>(events.Count);
        var nodes = new List<AuditNode>();
        var salts = RandomNumberGenerator.GetBytes(events.Count * SaltLength);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i].EvidenceEntry() is { } evidence)
                Add(events[i].Id, AuditLeafForm.Evidence, evidence.Encode(), null);
            var salt = salts.AsSpan(i * SaltLength, SaltLength);
            Add(events[i].Id, AuditLeafForm.Event, events[i].Entry(salt).Encode(), salt.ToArray());
        }
        return (leaves, nodes);

        void Add(EventId eventId, AuditLeafForm form, byte[] entry, byte[]? salt)
        {
            var hash = MerkleTree.LeafHash(entry);
            leaves.Add(
                new AuditLeaf
                {
                    Index = (long)tree.Size,
                    EventId = eventId,
                    Form = form,
                    Entry = entry,
                    LeafHash = hash,
                    Salt = salt,
                }
            );
            tree.Append(
                hash,
                (height, index, node) =>
                {
                    if (height % LogTree.Step == 0)
                        nodes.Add(
                            new AuditNode
                            {
                                Height = height,
                                Index = (long)index,
                                Hash = node,
                            }
                        );
                }
            );
        }
    }

    private static async Task WriteLeavesAsync(
        NpgsqlConnection connection,
        List<AuditLeaf> leaves,
        CancellationToken ct
    )
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy audit_leaves (index, event_id, form, entry, leaf_hash, salt) from stdin (format binary)",
            ct
        );
        foreach (var leaf in leaves)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(leaf.Index, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(leaf.EventId.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync(leaf.Form.ToString(), NpgsqlDbType.Varchar, ct);
            await copy.WriteAsync(leaf.Entry, NpgsqlDbType.Bytea, ct);
            await copy.WriteAsync(leaf.LeafHash, NpgsqlDbType.Bytea, ct);
            if (leaf.Salt is { } salt)
                await copy.WriteAsync(salt, NpgsqlDbType.Bytea, ct);
            else
                await copy.WriteNullAsync(ct);
        }
        await copy.CompleteAsync(ct);
    }

    private static async Task WriteNodesAsync(NpgsqlConnection connection, List<AuditNode> nodes, CancellationToken ct)
    {
        if (nodes.Count == 0)
            return;
        await using var copy = await connection.BeginBinaryImportAsync(
            "copy audit_nodes (height, index, hash) from stdin (format binary)",
            ct
        );
        foreach (var node in nodes)
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(node.Height, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(node.Index, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(node.Hash, NpgsqlDbType.Bytea, ct);
        }
        await copy.CompleteAsync(ct);
    }
}
