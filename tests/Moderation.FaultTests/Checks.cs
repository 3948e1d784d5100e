// What must hold after every round, asked of the database and of the API, and never of what the installation says of itself alone.
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Triage;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Npgsql;

namespace Moderation.FaultTests;

public sealed class Checks(Installation installation, Book book, StaffMember reader, LogWatch log)
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
        await CasePagesAsync(db, sent);
        await ListsAsync();
        await log.AfterRoundAsync(db, sent);
    }

    /// <summary>The same of every report there ever was, and that each decision reached the platform, once and in order.</summary>
    public async Task AtTheEndAsync(string top)
    {
        await using var db = new NpgsqlConnection(installation.ConnectionString);
        await db.OpenAsync();
        await ReportsAsync(db, [.. book.Reports.Values]);
        foreach (var report in book.Reports.Values)
            await BytesAsync(report);
        await EffectsAsync(db);
        await log.AtTheEndAsync(db, top);
        // Files that are held open exclusively can be read when their holders are gone.
        foreach (
            var name in new[] { Installation.Api, Installation.Worker, Installation.Vault, Installation.Custodian }
        )
            await installation.KillAsync(name);
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
            Must(report.FilingSent || !row.GetBoolean(1), $"{id} is filed and nobody filed it");
            Must(report.CompleteSent || row.GetString(2) != "Complete", $"{id} is complete and nobody said so");
            Must(
                row.GetInt64(3) <= report.SegmentSent.Count(s => s),
                $"{report.SegmentSent.Count(s => s)} segments of {id} were sent whole and {row.GetInt64(3)} are there"
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
                (
                    "select count(*) from reports r where segment_count <> (select count(*) from report_segments s where s.report_id = r.id)",
                    "reports have other segments than their table declares"
                ),
                (
                    "select count(*) from cases c where not exists (select 1 from report_subjects s where s.case_id = c.id)",
                    "cases have no report"
                ),
                (
                    "select count(*) from reports where intake_receipt is not null and state <> 'Complete'",
                    "reports have a receipt and are not complete"
                ),
            }
        )
        {
            await using var command = new NpgsqlCommand(sum, db);
            var wrong = (long)(await command.ExecuteScalarAsync())!;
            Must(wrong == 0, $"{wrong} {what}");
        }
        await WholeAsync(db);
        await DispatchedAsync(db);
    }

    /// <summary>What nobody had an answer to happened whole or not at all: row, cases and event line of every report there is.</summary>
    private static async Task WholeAsync(NpgsqlConnection db)
    {
        // One statement, one snapshot.
        const string sql = """
            select r.id, r.filing is not null, r.state,
              exists (select 1 from report_subjects s where s.report_id = r.id), null::text, null::text, 0 from reports r
            union all
            select null, null, null, null, kind || ' ' || (payload->>'report_id'), max(actor), count(*)::int
            from events where kind in ('report.filed', 'report.complete') group by 5
            """;
        var reports = new List<(string Id, bool Filing, bool Complete, bool InCase)>();
        var lines = new Dictionary<string, (string? Actor, int Count)>();
        await using (var command = new NpgsqlCommand(sql, db))
        await using (var row = await command.ExecuteReaderAsync())
        {
            while (await row.ReadAsync())
                if (row.IsDBNull(0))
                    lines[row.GetString(4)] = (row.IsDBNull(5) ? null : row.GetString(5), row.GetInt32(6));
                else
                    reports.Add(
                        (
                            new ReportId(row.GetGuid(0)).ToString(),
                            row.GetBoolean(1),
                            row.GetString(2) == "Complete",
                            row.GetBoolean(3)
                        )
                    );
        }
        foreach (var (id, filing, complete, inCase) in reports)
        {
            var (actor, filed) = lines.GetValueOrDefault($"report.filed {id}");
            // A bundle that nobody filed for ten minutes is brought in by the worker, which says so.
            var adopted = actor?.StartsWith("system:", StringComparison.Ordinal) == true;
            Must(inCase == (filing || adopted), $"{id} is half filed: in a case {inCase}, with a filing {filing}");
            Must(filed == (inCase ? 1 : 0), $"{id} has {filed} lines 'report.filed', in a case {inCase}");
            var closed = lines.GetValueOrDefault($"report.complete {id}").Count;
            Must(closed == (complete ? 1 : 0), $"{id} has {closed} lines 'report.complete', complete {complete}");
        }
        var known = reports.Select(r => r.Id).ToHashSet();
        Must(lines.Keys.All(l => known.Contains(l.Split(' ')[1])), "an event speaks of a report that is not there");
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

    /// <summary>Each filed report of the round is on the page of each of its cases once, and nothing there was never sent.</summary>
    private async Task CasePagesAsync(NpgsqlConnection db, IReadOnlyList<SentReport> sent)
    {
        var wanted = new List<(string Case, string Report)>();
        await using (
            var command = new NpgsqlCommand(
                "select distinct s.case_id, r.id from report_subjects s join reports r on r.id = s.report_id where r.content_id = any($1)",
                db
            )
            {
                Parameters =
                {
                    new()
                    {
                        Value = sent.Where(r => r.Filed).Select(r => Convert.FromHexString(r.ContentId)).ToArray(),
                    },
                },
            }
        )
        await using (var row = await command.ExecuteReaderAsync())
        {
            while (await row.ReadAsync())
                wanted.Add((new CaseId(row.GetGuid(0)).ToString(), new ReportId(row.GetGuid(1)).ToString()));
        }
        foreach (var reports in wanted.GroupBy(w => w.Case, w => w.Report))
        {
            var (status, body) = await reader.AskAsync(HttpMethod.Get, $"/v1/cases/{reports.Key}");
            Must(status == HttpStatusCode.OK, $"a case with an accepted report is answered with {(int)status}");
            var page = JsonSerializer.Deserialize<CaseDetail>(body, Platform.Json)!;
            foreach (var id in reports)
                Must(
                    page.Reports.Count(r => r.Id == id) == 1,
                    $"{id} is {page.Reports.Count(r => r.Id == id)} times on the page of its case"
                );
            Must(
                page.Row.Reports == page.Reports.Count,
                $"the row of a case says {page.Row.Reports} reports and its page has {page.Reports.Count}"
            );
        }
    }

    /// <summary>The queue counts what its list has, each case once.</summary>
    private async Task ListsAsync()
    {
        var (_, queues) = await reader.AskAsync(HttpMethod.Get, "/v1/queues");
        var open = JsonDocument
            .Parse(queues)
            .RootElement.EnumerateArray()
            .Single(q => q.GetProperty("id").GetString() == "general")
            .GetProperty("open")
            .GetInt32();
        var listed = new List<string>();
        string? next = "";
        while (next is not null)
        {
            var (status, body) = await reader.AskAsync(
                HttpMethod.Get,
                $"/v1/cases?queue=general&limit=200{(next.Length == 0 ? "" : $"&cursor={next}")}"
            );
            Must(status == HttpStatusCode.OK, $"the list of cases is answered with {(int)status}");
            var page = JsonSerializer.Deserialize<Page<CaseRow>>(body, Platform.Json)!;
            listed.AddRange(page.Items.Select(c => c.Id));
            Must(page.Items.All(c => c.Reports > 0), "a case in the list has no report");
            next = page.Next;
        }
        Must(listed.Distinct().Count() == listed.Count, "a case is listed twice");
        Must(listed.Count == open, $"the queue counts {open} open cases and lists {listed.Count}");
    }

    private async Task BytesAsync(SentReport report)
    {
        for (var i = 0; i < report.Stored.Length; i++)
        {
            if (!report.Stored[i])
                continue;
            // What is in no case is for nobody on the staff; then only the file itself can tell.
            if (!report.Filed)
            {
                var name = Convert.ToHexStringLower(report.SegmentHashes[i]);
                var file = Path.Combine(installation.Blobs, name[..2], name[2..4], name);
                Must(File.Exists(file), $"segment {i} of {report.ReportId} was accepted and is gone");
                Must(
                    SHA256.HashData(await File.ReadAllBytesAsync(file)).AsSpan().SequenceEqual(report.SegmentHashes[i]),
                    $"segment {i} of {report.ReportId} is not what was accepted"
                );
                continue;
            }
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
