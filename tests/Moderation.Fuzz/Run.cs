// Throws bent inputs at every reader, in parallel and within bounds, and keeps whatever is not a plain answer.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Moderation.Fuzz;

/// <summary>An input that a reader did not answer as it must.</summary>
public sealed record Finding(string Target, long Execution, string What, byte[] Input);

/// <summary>What a run did.</summary>
/// <param name="Executions">Inputs judged in C#.</param>
/// <param name="Compared">Inputs judged in JavaScript too.</param>
/// <param name="ByTarget">Inputs by target.</param>
/// <param name="Verdicts">How often each target gave each verdict.</param>
/// <param name="Findings">Everything that is not a plain answer.</param>
public sealed record RunReport(
    long Executions,
    long Compared,
    IReadOnlyDictionary<string, long> ByTarget,
    IReadOnlyDictionary<string, long> Verdicts,
    IReadOnlyCollection<Finding> Findings
);

public sealed class Run(ulong seed, int workers)
{
    private const int Block = 500;
    private const int MostFindings = 100;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<string, long> byTarget = [];
    private readonly ConcurrentDictionary<string, long> verdicts = [];
    private readonly ConcurrentBag<Finding> findings = [];
    private long executions;
    private long compared;

    /// <summary>Inputs of this length allocate at most this; the rest is for the fixed blocks of readers.</summary>
    private static long AllocationLimit(int length) => 8_000_000 + 256L * length;

    /// <summary>Runs C# alone until the count or the deadline is reached.</summary>
    public RunReport Alone(string vectors, long count, DateTimeOffset deadline, TimeProvider clock, Action<long> tell)
    {
        using var origin = new Origin(vectors, seed);
        var targets = Targets.Of(origin);
        InBlocks(count, deadline, clock, tell, start => JudgeBlock(targets, start, count, _ => { }));
        return Report();
    }

    /// <summary>Runs C# and evidence-js side by side on the readers that both have.</summary>
    public RunReport Differential(
        string vectors,
        string evidenceJs,
        long count,
        DateTimeOffset deadline,
        TimeProvider clock,
        Action<long> tell
    )
    {
        using var origin = new Origin(vectors, seed);
        var targets = Targets.Of(origin).Where(target => target.Peer >= 0).ToArray();
        var peers = new ConcurrentBag<JsPeer>();
        try
        {
            using var mine = new ThreadLocal<JsPeer>(() =>
            {
                var peer = new JsPeer(evidenceJs, origin.StateFiles);
                peers.Add(peer);
                return peer;
            });
            InBlocks(count, deadline, clock, tell, start => CompareBlock(targets, start, count, mine.Value!));
        }
        finally
        {
            foreach (var peer in peers)
                peer.Dispose();
        }
        return Report();
    }

    private void InBlocks(long count, DateTimeOffset deadline, TimeProvider clock, Action<long> tell, Action<long> run)
    {
        long next = -Block;
        long Take() => Interlocked.Add(ref next, Block);
        Parallel.For(
            0,
            workers,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            _ =>
            {
                for (var start = Take(); start < count; start = Take())
                {
                    if (clock.GetUtcNow() > deadline || findings.Count >= MostFindings)
                        return;
                    run(start);
                    tell(Interlocked.Read(ref executions));
                }
            }
        );
    }

    private void CompareBlock(Target[] targets, long start, long count, JsPeer peer)
    {
        var batch = new List<(Target Target, long Execution, byte[] Input, string Verdict)>();
        JudgeBlock(targets, start, count, batch.Add);
        var answers = peer.Judge([.. batch.Select(item => (item.Target.Peer, item.Input))]);
        for (var i = 0; i < batch.Count; i++)
            if (answers[i] != batch[i].Verdict)
                findings.Add(
                    new Finding(
                        batch[i].Target.Name,
                        batch[i].Execution,
                        $"C# says {batch[i].Verdict}, JavaScript says {answers[i]}",
                        batch[i].Input
                    )
                );
        Interlocked.Add(ref compared, batch.Count);
    }

    private void JudgeBlock(
        IReadOnlyList<Target> targets,
        long start,
        long count,
        Action<(Target Target, long Execution, byte[] Input, string Verdict)> keep
    )
    {
        var total = targets.Sum(target => target.Weight);
        for (var execution = start; execution < Math.Min(start + Block, count); execution++)
        {
            var chance = Chance.Of(seed, execution);
            var ticket = chance.Below(total);
            var target = targets.First(candidate => (ticket -= candidate.Weight) < 0);
            var input = target.Make(chance);
            if (Judge(target, execution, input) is { } verdict)
                keep((target, execution, input, verdict));
            Interlocked.Increment(ref executions);
        }
    }

    private string? Judge(Target target, long execution, byte[] input)
    {
        var started = Stopwatch.GetTimestamp();
        var before = GC.GetAllocatedBytesForCurrentThread();
        string verdict;
        try
        {
            verdict = target.Judge(input);
        }
        // Any exception is a fault of the reader: bad input is refused, never thrown at.
        catch (Exception e)
        {
            findings.Add(new Finding(target.Name, execution, $"threw {e}", input));
            return null;
        }
        if (GC.GetAllocatedBytesForCurrentThread() - before > AllocationLimit(input.Length))
            findings.Add(new Finding(target.Name, execution, "allocated too much", input));
        if (Stopwatch.GetElapsedTime(started) > Slow)
            findings.Add(new Finding(target.Name, execution, "took too long", input));
        if (execution % 8 == 0 && target.Judge(input) != verdict)
            findings.Add(new Finding(target.Name, execution, "answered differently the second time", input));
        byTarget.AddOrUpdate(target.Name, 1, (_, n) => n + 1);
        verdicts.AddOrUpdate($"{target.Name} {verdict}", 1, (_, n) => n + 1);
        return verdict;
    }

    private RunReport Report() => new(executions, compared, byTarget, verdicts, findings);

    /// <summary>Writes each finding into a file named by its target and digest.</summary>
    public static void Save(RunReport report, string folder)
    {
        if (report.Findings.Count > 0)
            Directory.CreateDirectory(folder);
        foreach (var finding in report.Findings)
        {
            var name = $"{finding.Target}-{Convert.ToHexStringLower(SHA256.HashData(finding.Input))[..12]}";
            File.WriteAllBytes(Path.Combine(folder, name + ".bin"), finding.Input);
            File.WriteAllText(Path.Combine(folder, name + ".txt"), $"execution {finding.Execution}: {finding.What}\n");
        }
    }
}
