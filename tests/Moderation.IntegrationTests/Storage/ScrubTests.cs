// What happens when stored bytes rot, vanish, or were never named: found, told, collected, and nothing in use ever lost.
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Moderation.Contracts.Storage;
using Moderation.Data;
using Moderation.Domain.Staff;
using Moderation.Features.Storage;
using Moderation.IntegrationTests.Intake;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Storage;

public sealed class ScrubTests(PostgresCluster cluster) : IAsyncLifetime
{
    private App _app = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _app = await App.StartAsync(cluster, ("Role", "api"), ("Keys:Log", ""));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_scrub_finds_what_is_missing_or_altered_says_it_once_and_takes_it_back_when_it_is_whole_again()
    {
        var (gone, kept) = await StoreTwoAsync();
        var altered = await File.ReadAllBytesAsync(kept, Ct);
        var whole = await File.ReadAllBytesAsync(gone, Ct);
        altered[100] ^= 1;
        await File.WriteAllBytesAsync(kept, altered, Ct);
        File.Delete(gone);

        (await RunAsync<ScrubBlobs, int>(s => s.RunAsync(Ct))).ShouldBe(3);
        _app.Clock.Offset += TimeSpan.FromDays(8);
        await RunAsync<ScrubBlobs, int>(s => s.RunAsync(Ct));

        var faults = await FaultsAsync();
        faults.Count.ShouldBe(2);
        faults[Path.GetFileName(gone)].ShouldBe(BlobProblem.Missing);
        faults[Path.GetFileName(kept)].ShouldBe(BlobProblem.Altered);
        (await _app.InDbAsync(db => db.Events.CountAsync(e => e.Kind == EvidenceDamaged.Kind, Ct))).ShouldBe(2);
        (await EvidenceCheckAsync()).ShouldBe("alarm");

        altered[100] ^= 1;
        await File.WriteAllBytesAsync(kept, altered, Ct);
        await File.WriteAllBytesAsync(gone, whole, Ct);
        _app.Clock.Offset += TimeSpan.FromDays(8);
        await RunAsync<ScrubBlobs, int>(s => s.RunAsync(Ct));

        (await FaultsAsync()).ShouldBeEmpty();
        (await EvidenceCheckAsync()).ShouldBe("ok");
    }

    [Fact]
    public async Task A_scrub_goes_on_where_it_stopped_and_begins_anew_only_when_it_is_time()
    {
        await StoreTwoAsync();
        await _app.InDbAsync(async db =>
        {
            var last = await db.ReportSegments.Select(s => s.CiphertextHash).ToListAsync(Ct);
            last.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
            var now = _app.Clock.GetUtcNow();
            db.ScrubRuns.Add(
                new ScrubRun
                {
                    Id = Guid.CreateVersion7(now),
                    StartedAt = now,
                    Cursor = last[1],
                }
            );
            await db.SaveChangesAsync(Ct);
        });

        (await RunAsync<ScrubBlobs, int>(s => s.RunAsync(Ct))).ShouldBe(1);
        (await RunAsync<ScrubBlobs, int>(s => s.RunAsync(Ct))).ShouldBe(0);

        var run = await _app.InDbAsync(db => db.ScrubRuns.SingleAsync(Ct));
        (run.Blobs, run.FinishedAt is not null).ShouldBe((1, true));
    }

    [Fact]
    public async Task A_blob_that_no_row_names_goes_after_the_grace_period_and_one_that_is_named_never()
    {
        var (named, _) = await StoreTwoAsync();
        var orphan = System.Security.Cryptography.RandomNumberGenerator.GetBytes(5_000);
        var hash = System.Security.Cryptography.SHA256.HashData(orphan);
        using var body = new MemoryStream(orphan);
        var store = _app.Services.GetRequiredService<IBlobStore>();
        (await store.StoreAsync(hash, orphan.Length, body, Ct)).ShouldBeTrue();

        (await RunAsync<CollectOrphans, int>(c => c.RunAsync(Ct))).ShouldBe(0);
        _app.Clock.Offset += TimeSpan.FromHours(25);
        (await RunAsync<CollectOrphans, int>(c => c.RunAsync(Ct))).ShouldBe(1);

        (await store.ExistsAsync(hash, Ct)).ShouldBeFalse();
        File.Exists(named).ShouldBeTrue();
    }

    [Fact]
    public async Task Uploads_that_race_the_collector_lose_no_acknowledged_byte()
    {
        // No grace at all: the worst there can be.
        await using var app = await App.StartAsync(
            cluster,
            ("Role", "api"),
            ("Keys:Log", ""),
            ("Storage:OrphanGraceHours", "-1")
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var collecting = Task.Run(
            async () =>
            {
                var removed = 0;
                while (!stop.IsCancellationRequested)
                {
                    await using var scope = app.Services.CreateAsyncScope();
                    removed += await scope.ServiceProvider.GetRequiredService<CollectOrphans>().RunAsync(Ct);
                }
                return removed;
            },
            Ct
        );
        var host = await ReportingHost.JoinAsync(app);
        for (var round = 0; round < 6; round++)
        {
            var (report, bundle) = await host.FileAsync();
            for (var index = 0; index < bundle.Segments.Count; index++)
            {
                // 503 means "send it again", and nothing was acknowledged.
                var status = 503;
                while (status == 503)
                    using (var answer = await host.PutSegmentAsync(report.ReportId, index, bundle.Segments[index]))
                        status = (int)answer.StatusCode;
                status.ShouldBe(204);
            }
            foreach (var segment in bundle.Segments)
                host.BlobIsThere(segment).ShouldBeTrue();
        }
        await stop.CancelAsync();
        await collecting;
    }

    [Fact]
    public async Task A_missing_segment_is_told_to_who_asks_for_it_and_raises_the_alarm_at_once()
    {
        var host = await ReportingHost.JoinAsync(_app);
        var (report, bundle) = await host.FileAsync();
        (await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[0]))).EnsureSuccessStatusCode();
        await host.PutSegmentsAsync(report.ReportId, bundle);
        await (await host.CompleteAsync(report.ReportId)).ShouldBeAsync(200);
        File.Delete(PathOf(System.Security.Cryptography.SHA256.HashData(bundle.Segments[0])));
        var analyst = await _app.StaffAsync(StaffRole.Analyst);

        using var answer = await analyst.Http.GetAsync($"/v1/reports/{report.ReportId}/segments/0", Ct);

        await answer.ShouldBeProblemAsync(404, "report.segment-missing");
        (await FaultsAsync()).Values.ShouldBe([BlobProblem.Missing]);
        var row = (await analyst.Http.GetFromJsonAsync<JsonElement>("/v1/cases", Ct)).GetProperty("items")[0];
        row.GetProperty("evidence_state").GetString().ShouldBe("verification_failed");
    }

    private async Task<(string First, string Second)> StoreTwoAsync()
    {
        var host = await ReportingHost.JoinAsync(_app);
        var (report, bundle) = await host.FileAsync();
        await host.PutSegmentsAsync(report.ReportId, bundle);
        return (
            PathOf(System.Security.Cryptography.SHA256.HashData(bundle.Segments[0])),
            PathOf(System.Security.Cryptography.SHA256.HashData(bundle.Segments[1]))
        );
    }

    private string PathOf(byte[] hash)
    {
        var name = Convert.ToHexStringLower(hash);
        return Path.Combine(_app.DataDir, "blobs", name[..2], name[2..4], name);
    }

    private Task<Dictionary<string, BlobProblem>> FaultsAsync() =>
        _app.InDbAsync(db =>
            db.BlobFaults.Where(f => f.ClearedAt == null)
                .ToDictionaryAsync(f => Convert.ToHexStringLower(f.Hash), f => f.Problem, Ct)
        );

    private async Task<string?> EvidenceCheckAsync()
    {
        using var client = _app.Client();
        using var answer = await client.GetAsync("/readyz", Ct);
        var checks = (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("checks");
        return checks
            .EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == "evidence")
            .GetProperty("state")
            .GetString();
    }

    private async Task<TResult> RunAsync<TJob, TResult>(Func<TJob, Task<TResult>> run)
        where TJob : notnull
    {
        await using var scope = _app.Services.CreateAsyncScope();
        return await run(scope.ServiceProvider.GetRequiredService<TJob>());
    }
}
