// How fast the log takes entries in, and what it takes off a writer's rate: run by hand, bounded, prints its figures.
using System.Diagnostics;
using System.Globalization;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Audit;

/// <summary>
/// `dotnet Moderation.IntegrationTests.dll -explicit only -class Moderation.IntegrationTests.Audit.AppendRate`;
/// the output is kept in docs/benchmarks.md.
/// </summary>
public sealed class AppendRate(PostgresCluster cluster, ITestOutputHelper output)
{
    private const int Entries = 60_000;
    private const int Writes = 4_000;
    private const int Writers = 8;

    [Fact(Explicit = true)]
    public async Task Entries_appended_in_a_second()
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        await log.SayInBulkAsync(4096);
        await log.AppendAllAsync();
        await log.SayInBulkAsync(Entries);
        var started = Stopwatch.GetTimestamp();
        await log.AppendAllAsync();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await log.SignAsync();
        Print($"append: {Entries} entries in {seconds:F2} s = {Entries / seconds:F0} entries/s");

        started = Stopwatch.GetTimestamp();
        var verified = await log.VerifyAsync();
        seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        verified.Holds.ShouldBeTrue(verified.Why);
        Print($"verify: {verified.Size} entries in {seconds:F2} s = {verified.Size / seconds:F0} entries/s");
        (Entries / seconds).ShouldBePositive();
    }

    [Fact(Explicit = true)]
    public async Task Rate_of_writers_with_the_log_and_without()
    {
        // One commit an event, as intake does, in turns, so that a noisy machine hits all three alike.
        List<double> bare = [];
        List<double> queued = [];
        List<double> sequenced = [];
        for (var round = 0; round < 3; round++)
        {
            bare.Add(await WriteAsync(trigger: false, sequencer: false));
            queued.Add(await WriteAsync(trigger: true, sequencer: false));
            sequenced.Add(await WriteAsync(trigger: true, sequencer: true));
        }
        Print($"events, one commit each, {Writers} writers: without the log {Median(bare):F0}/s");
        Print($"  with the queue {Median(queued):F0}/s = {Median(queued) / Median(bare):P1}");
        Print($"  with queue and sequencer {Median(sequenced):F0}/s = {Median(sequenced) / Median(bare):P1}");
    }

    private async Task<double> WriteAsync(bool trigger, bool sequencer)
    {
        await using var log = await LogUnderTest.MakeAsync(cluster);
        if (!trigger)
            await log.SqlAsync("alter table events disable trigger events_await_audit");
        using var stop = new CancellationTokenSource();
        var sequencing = sequencer ? SequenceAsync(log, stop.Token) : Task.CompletedTask;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(async _ =>
                {
                    for (var i = 0; i < Writes / Writers; i++)
                        await log.SayAsync(1);
                })
        );
        var rate = Writes / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await stop.CancelAsync();
        await sequencing;
        return rate;
    }

    // As AuditSequencer does it.
    private static async Task SequenceAsync(LogUnderTest log, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await log.AppendAsync();
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);

    private void Print(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
