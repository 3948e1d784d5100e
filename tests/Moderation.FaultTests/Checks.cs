// What must hold after every round, asked of the database and of the API, and never of what the installation says of itself alone.
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Moderation.Evidence;
using Npgsql;

namespace Moderation.FaultTests;

public sealed class Checks(Installation installation, Book book, Analyst reader)
{
    /// <summary>Everything the round acknowledged, and the whole database's own sums.</summary>
    public async Task AfterRoundAsync(int round)
    {
        await using var db = new NpgsqlConnection(installation.ConnectionString);
        await db.OpenAsync();
        var sent = book.Reports.Values.Where(r => r.Round == round).ToList();
        await ReportsAsync(db, sent);
        await NothingElseAsync(db);
        await SumsAsync(db);
        foreach (var report in sent)
        {
            await BytesAsync(report);
            await ReceiptAsync(report);
        }
    }

    /// <summary>The same of every report there ever was, and that each decision reached the platform, once and in order.</summary>
    public async Task AtTheEndAsync()
    {
        await using var db = new NpgsqlConnection(installation.ConnectionString);
        await db.OpenAsync();
        await ReportsAsync(db, [.. book.Reports.Values]);
        foreach (var report in book.Reports.Values)
            await BytesAsync(report);
        await EffectsAsync(db);
        NoCanary(installation.Folder);
    }

    private static async Task ReportsAsync(NpgsqlConnection db, IReadOnlyList<SentReport> sent)
    {
        foreach (var report in sent.Where(r => r.ReportId is not null))
        {
            await using var command = new NpgsqlCommand(
                """
                select count(*), bool_and(filing is not null), min(state),
                  (select count(*) from report_segments s where s.report_id = min(r.id::text)::uuid and s.stored_at is not null),
                  (select count(*) from report_subjects s where s.report_id = min(r.id::text)::uuid)
                from reports r where content_id = $1
                """,
                db
            )
            {
                Parameters = { new() { Value = Convert.FromHexString(report.ContentId) } },
            };
            await using var row = await command.ExecuteReaderAsync();
            await row.ReadAsync();
            var id = report.ReportId;
            Must(row.GetInt64(0) == 1, $"{id} was accepted and is there {row.GetInt64(0)} times");
            Must(!report.Filed || row.GetBoolean(1), $"the filing of {id} was accepted and is gone");
            Must(!report.Filed || row.GetInt64(4) > 0, $"{id} was filed and is in no case");
            Must(
                report.Receipt is null || row.GetString(2) == "Complete",
                $"{id} has a receipt and is {row.GetString(2)}"
            );
            Must(
                row.GetInt64(3) >= report.Stored.Count(s => s),
                $"{report.Stored.Count(s => s)} segments of {id} were accepted and {row.GetInt64(3)} are there"
            );
        }
        await OneLineEachAsync(db, sent);
    }

    // An act and its line in the event log are one transaction: both once or neither.
    private static async Task OneLineEachAsync(NpgsqlConnection db, IReadOnlyList<SentReport> sent)
    {
        foreach (
            var (kind, done) in new (string, Func<SentReport, bool>)[]
            {
                ("report.filed", r => r.Filed),
                ("report.complete", r => r.Receipt is not null),
            }
        )
        {
            var ids = sent.Where(done).Select(r => r.ReportId!).ToArray();
            var counts = new Dictionary<string, long>();
            await using (
                var command = new NpgsqlCommand(
                    "select payload->>'report_id', count(*) from events where kind = $1 and payload->>'report_id' = any($2) group by 1",
                    db
                )
                {
                    Parameters =
                    {
                        new() { Value = kind },
                        new() { Value = ids },
                    },
                }
            )
            await using (var row = await command.ExecuteReaderAsync())
            {
                while (await row.ReadAsync())
                    counts[row.GetString(0)] = row.GetInt64(1);
            }
            foreach (var id in ids)
                Must(counts.GetValueOrDefault(id) == 1, $"{id} has {counts.GetValueOrDefault(id)} lines '{kind}'");
        }
    }

    private async Task NothingElseAsync(NpgsqlConnection db)
    {
        await using var command = new NpgsqlCommand("select encode(content_id, 'hex') from reports", db);
        await using var row = await command.ExecuteReaderAsync();
        while (await row.ReadAsync())
            Must(book.Reports.ContainsKey(row.GetString(0)), "a report is stored that nobody sent");
    }

    private static async Task SumsAsync(NpgsqlConnection db)
    {
        foreach (
            var (sum, what) in new[]
            {
                (
                    "select count(*) from cases c where report_count <> (select count(distinct report_id) from report_subjects s where s.case_id = c.id)",
                    "cases count other reports than they have"
                ),
                (
                    "select count(*) from (select case_id from claims where released_at is null and lease_expires_at > now() group by 1 having count(*) > 1) x",
                    "cases are claimed twice"
                ),
                (
                    "select count(*) from (select case_id, case_version from decisions group by 1, 2 having count(*) > 1) x",
                    "cases were decided twice"
                ),
                (
                    "select count(*) from decisions d where not exists (select 1 from events e where e.case_id = d.case_id and e.payload->>'decision_id' is not null)",
                    "decisions have no line in the event log"
                ),
            }
        )
        {
            await using var command = new NpgsqlCommand(sum, db);
            var wrong = (long)(await command.ExecuteScalarAsync())!;
            Must(wrong == 0, $"{wrong} {what}");
        }
        await DispatchedAsync(db);
    }

    private static async Task DispatchedAsync(NpgsqlConnection db)
    {
        var waiting = Stopwatch.StartNew();
        await using var command = new NpgsqlCommand("select count(*) from events where dispatched_at is null", db);
        while ((long)(await command.ExecuteScalarAsync())! is > 0 and var left)
        {
            Must(waiting.Elapsed < TimeSpan.FromSeconds(60), $"{left} events were not handed on within a minute");
            await Task.Delay(200);
        }
    }

    private async Task BytesAsync(SentReport report)
    {
        for (var i = 0; i < report.Stored.Length; i++)
        {
            if (!report.Stored[i])
                continue;
            var (status, bytes) = await reader.ReadAsync(report.ReportId!, i);
            Must(status == HttpStatusCode.OK, $"segment {i} of {report.ReportId} is answered with {(int)status}");
            Must(
                SHA256.HashData(bytes).AsSpan().SequenceEqual(report.SegmentHashes[i]),
                $"segment {i} of {report.ReportId} is not what was accepted"
            );
        }
    }

    private async Task ReceiptAsync(SentReport report)
    {
        if (report.Receipt is not { } receipt)
            return;
        var key = CoseKey.Parse(
            Convert.FromHexString(
                (await File.ReadAllTextAsync(Path.Combine(installation.Keys, "public", "receipt.pub"))).Trim()
            )
        )!;
        Must(
            IntakeReceipt.Verify(receipt, key, Convert.FromHexString(report.ContentId)).Holds(out _, out _),
            $"the receipt of {report.ReportId} does not verify"
        );
        var again = await report.AskReceiptAgainAsync();
        Must(again.AsSpan().SequenceEqual(receipt), $"{report.ReportId} has two receipts");
    }

    private async Task EffectsAsync(NpgsqlConnection db)
    {
        // A worker that was killed while it sent holds its delivery for a minute.
        var waiting = Stopwatch.StartNew();
        var decided = book.Decisions.Keys.ToHashSet();
        while (true)
        {
            var missing = decided.Except(book.Effects.Values.Select(e => e.Decision)).Count();
            if (missing == 0)
                break;
            Must(
                waiting.Elapsed < TimeSpan.FromMinutes(3),
                $"{missing} of {decided.Count} decisions never reached the platform"
            );
            await Task.Delay(500);
        }
        foreach (var twice in book.Effects.Values.GroupBy(e => e.Decision).Where(g => g.Count() > 1))
            throw new Violation($"decision {twice.Key} reached the platform as {twice.Count()} events");
        foreach (var account in book.Effects.Values.GroupBy(e => e.Account))
            Must(
                account
                    .Select(e => e.Version)
                    .Order()
                    .SequenceEqual(Enumerable.Range(1, account.Count()).Select(n => (long)n)),
                "the versions of an account have a hole or a double"
            );
        await using var command = new NpgsqlCommand("select count(*) from decisions", db);
        var stored = (long)(await command.ExecuteScalarAsync())!;
        Must(stored >= decided.Count, $"{decided.Count} decisions were acknowledged and {stored} are there");
    }

    private static void NoCanary(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            // Sockets and what vanishes meanwhile are no files of evidence.
            if (file.EndsWith(".sock", StringComparison.Ordinal) || !File.Exists(file))
                continue;
            Must(
                File.ReadAllBytes(file).AsSpan().IndexOf(Reporter.Canary) < 0,
                $"plaintext in {Path.GetFileName(file)}"
            );
        }
    }

    private static void Must(bool holds, string otherwise)
    {
        if (!holds)
            throw new Violation(otherwise);
    }
}
