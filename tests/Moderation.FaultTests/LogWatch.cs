// Follows the audit log as an outsider would: keeps its key and every checkpoint, and makes each root again from the entries.
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Moderation.Contracts.Audit;
using Moderation.Evidence;
using Moderation.Evidence.Audit;
using Npgsql;

namespace Moderation.FaultTests;

public sealed class LogWatch(Installation installation, Book book, StaffMember auditor) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const int KeptForTheEnd = 20;

    // Pinned before anything happens: a key that is changed later is another log.
    private readonly NoteKey[] _keys =
    [
        NoteKey.Parse(File.ReadAllText(installation.LogKey)) ?? throw new Violation("log.pub is no key"),
    ];
    private readonly HttpClient _http = new()
    {
        BaseAddress = installation.Address,
        Timeout = TimeSpan.FromSeconds(20),
    };
    private readonly MerkleFrontier _tree = new();
    private readonly List<(Checkpoint Checkpoint, string Note)> _seen = [];

    /// <summary>Leaves that were read and stand under a signed checkpoint.</summary>
    public ulong Size => _tree.Size;
    public int Checkpoints => _seen.Count;

    /// <summary>All that happened is in the log, the log begins with what it was before, and its entries give its root.</summary>
    public async Task AfterRoundAsync(NpgsqlConnection db, IReadOnlyList<SentReport> sent)
    {
        await CaughtUpAsync(db);
        var note = await TextAsync("/v1/audit/checkpoint");
        var now = Checkpoint.Verify(note, _keys) ?? throw new Violation("the newest checkpoint is not signed");
        if (_seen is [.., var (before, _)])
        {
            Must(now.Size >= before.Size, $"the log has {now.Size} entries and had {before.Size}");
            await ConsistentAsync(before, now);
        }
        await GrowAsync(db, now);
        _seen.Add((now, note));
        foreach (var report in sent.Where(r => r.Receipt is not null))
            await ProvenAsync(report, now);
    }

    /// <summary>The server's own check, then the export with the tool and nothing else, against the checkpoints that were kept.</summary>
    public async Task AtTheEndAsync(NpgsqlConnection db, string top)
    {
        await AfterRoundAsync(db, []);
        foreach (var report in book.Reports.Values.Where(r => r.Receipt is not null))
            await ProvenAsync(report, _seen[^1].Checkpoint);
        var (status, body) = await auditor.AskAsync(HttpMethod.Post, "/v1/audit:verify");
        Must(status == HttpStatusCode.OK, $"audit:verify was answered with {(int)status}");
        var verified = JsonSerializer.Deserialize<VerifiedLog>(body, Platform.Json)!;
        Must(verified.Holds, $"audit:verify finds entry {verified.FirstBad} bad: {verified.Code}");
        (status, body) = await auditor.AskAsync(HttpMethod.Get, "/v1/audit/export");
        Must(status == HttpStatusCode.OK, $"the export was answered with {(int)status}");
        var file = Path.Combine(installation.Folder, "audit.ndjson");
        await File.WriteAllBytesAsync(file, body);
        List<string> arguments = ["audit", "verify", file, "--key", installation.LogKey];
        // From the first to the last, evenly.
        var step = Math.Max(1, _seen.Count / KeptForTheEnd);
        for (var i = 0; i < _seen.Count; i += step)
        {
            var kept = Path.Combine(installation.Folder, $"checkpoint-{i}.txt");
            await File.WriteAllTextAsync(kept, _seen[i].Note);
            arguments.AddRange(["--checkpoint", kept]);
        }
        var start = new ProcessStartInfo(Path.Combine(top, "moderation"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var tool = Process.Start(start)!;
        var errors = tool.StandardError.ReadToEndAsync();
        var said = (await tool.StandardOutput.ReadToEndAsync()).Trim();
        await tool.WaitForExitAsync();
        Must(tool.ExitCode == 0, $"./moderation audit verify ended with {tool.ExitCode}: {said} {await errors}");
        Console.WriteLine(
            $"./moderation audit verify, with {(arguments.Count - 5) / 2} checkpoints seen before: {said}"
        );
    }

    public void Dispose() => _http.Dispose();

    // Every event that was committed by now has its leaf, and every leaf stands under a checkpoint.
    private static async Task CaughtUpAsync(NpgsqlConnection db)
    {
        await using var command = new NpgsqlCommand(
            """
            select (select count(*) from audit_waiting),
              (select size - checkpoint_size from audit_head),
              (select count(*) from events e where not exists (select 1 from audit_leaves l where l.event_id = e.id and l.form = 'Event'))
            """,
            db
        );
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            await using (var row = await command.ExecuteReaderAsync())
            {
                await row.ReadAsync();
                var (queued, unsigned, unlogged) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
                if (queued == 0 && unsigned == 0 && unlogged == 0)
                    return;
                Must(
                    waiting.Elapsed < Patience,
                    $"after a minute {queued} events wait for the log, {unlogged} are not in it and {unsigned} entries are under no checkpoint"
                );
            }
            await Task.Delay(100);
        }
    }

    // From the first entry: what was read in earlier rounds is in the frontier.
    private async Task GrowAsync(NpgsqlConnection db, Checkpoint now)
    {
        await using var command = new NpgsqlCommand(
            "select index, entry, leaf_hash from audit_leaves where index >= $1 and index < $2 order by index",
            db
        )
        {
            Parameters =
            {
                new() { Value = (long)_tree.Size },
                new() { Value = (long)now.Size },
            },
        };
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
        {
            Must(row.GetInt64(0) == (long)_tree.Size, $"entry {_tree.Size} of the log is not there");
            var hash = MerkleTree.LeafHash(row.GetFieldValue<byte[]>(1));
            Must(
                hash.AsSpan().SequenceEqual(row.GetFieldValue<byte[]>(2)),
                $"entry {_tree.Size} of the log and its hash do not belong together"
            );
            _tree.Append(hash);
        }
        Must(_tree.Size == now.Size, $"the checkpoint speaks of {now.Size} entries and {_tree.Size} are there");
        Must(_tree.Root().AsSpan().SequenceEqual(now.Root), $"the {now.Size} entries do not give the signed root");
    }

    // The receipt's acceptance is in the checkpoint it names and in the newest one, and the newest contains the one it names.
    private async Task ProvenAsync(SentReport report, Checkpoint now)
    {
        var id = report.ReportId;
        var shown = JsonSerializer.Deserialize<AcceptanceProof>(await report.AskProofAsync(), Platform.Json)!;
        Must(
            Base64Url.DecodeFromChars(shown.Receipt).AsSpan().SequenceEqual(report.Receipt),
            $"the proof of {id} speaks of another receipt"
        );
        if (IntakeReceipt.Read(report.Receipt) is not { } receipt)
            throw new Violation($"the receipt of {id} cannot be read");
        var fault = new ReceiptProof(shown.Checkpoint, (ulong)shown.Index, Hashes(shown.Proof)).Check(receipt, _keys);
        Must(fault is null, $"the receipt of {id} is not proven: {fault}");
        var named = Checkpoint.Verify(shown.Checkpoint, _keys)!;
        await ConsistentAsync(named, now);
        var included = JsonSerializer.Deserialize<InclusionProof>(
            await TextAsync($"/v1/audit/inclusion?index={shown.Index}&size={now.Size}"),
            Platform.Json
        )!;
        var leaf = AuditEntry.Accepted(receipt.ContentId, receipt.CompletedMs).LeafHash();
        Must(
            MerkleTree.Includes(now.Root, now.Size, (ulong)shown.Index, leaf, Hashes(included.Proof)),
            $"the acceptance of {id} is not in the log of {now.Size} entries"
        );
    }

    private async Task ConsistentAsync(Checkpoint first, Checkpoint second)
    {
        var shown = JsonSerializer.Deserialize<ConsistencyProof>(
            await TextAsync($"/v1/audit/consistency?first={first.Size}&second={second.Size}"),
            Platform.Json
        )!;
        Must(
            MerkleTree.IsConsistent(first.Size, second.Size, first.Root, second.Root, Hashes(shown.Proof)),
            $"the log of {second.Size} entries does not begin with that of {first.Size} seen before"
        );
    }

    private async Task<string> TextAsync(string path)
    {
        var (status, body, _) = await new Persistent(_http, book).SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Get, path)
        );
        Must(status == HttpStatusCode.OK, $"{path} was answered with {(int)status}");
        return System.Text.Encoding.UTF8.GetString(body);
    }

    private static byte[][] Hashes(IReadOnlyList<string> proof) => [.. proof.Select(h => Base64Url.DecodeFromChars(h))];

    private static void Must(bool holds, string otherwise)
    {
        if (!holds)
            throw new Violation(otherwise);
    }
}
