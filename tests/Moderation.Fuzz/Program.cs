// `dotnet run --project tests/Moderation.Fuzz -c Release -- evb1 --executions N`: the long run; docs/fuzzing.md has the record.
using System.Diagnostics;
using System.Globalization;
using Moderation.Fuzz;

if (args is ["vectors"])
{
    OwnVectors.Write(Path.Combine(Places.Top, "tests", "vectors", "evb1"));
    return 0;
}
if (args is not ["evb1", ..])
{
    await Console.Error.WriteLineAsync(
        "usage: vectors | evb1 [--executions N] [--differential N] [--minutes M] [--seed N] [--workers N] [--findings FOLDER]"
    );
    return 2;
}
var executions = (long)Number("--executions", 1_000_000);
var differential = (long)Number("--differential", 0);
var seed = Number("--seed", 1);
var workers = (int)Number("--workers", (ulong)Environment.ProcessorCount);
var clock = TimeProvider.System;
var deadline = clock.GetUtcNow() + TimeSpan.FromMinutes(Number("--minutes", 60));
var folder = Text("--findings") ?? Path.Combine(Path.GetTempPath(), "moderation-fuzz-findings");
var started = Stopwatch.GetTimestamp();
var told = 0L;

var failed = false;
if (executions > 0)
    Show("C# alone", new Run(seed, workers).Alone(Places.Vectors, executions, deadline, clock, Tell));
if (differential > 0)
{
    var evidenceJs = Path.Combine(Places.Top, "src", "evidence-js");
    Show(
        "C# against JavaScript",
        new Run(seed, workers).Differential(Places.Vectors, evidenceJs, differential, deadline, clock, Tell)
    );
}
return failed ? 1 : 0;

void Tell(long done)
{
    var before = Interlocked.Read(ref told);
    if (done / 500_000 == before / 500_000 || Interlocked.CompareExchange(ref told, done, before) != before)
        return;
    Console.Error.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{done:N0} executions, {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s"
        )
    );
}

void Show(string name, RunReport report)
{
    Run.Save(report, folder);
    var culture = CultureInfo.InvariantCulture;
    Console.WriteLine(
        string.Create(
            culture,
            $"{name}: {report.Executions:N0} executions, {report.Compared:N0} compared, {report.Findings.Count} findings, {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s, seed {seed}, {workers} workers"
        )
    );
    foreach (var (target, count) in report.ByTarget.OrderByDescending(pair => pair.Value))
    {
        var reached = report
            .Verdicts.Keys.Where(key => key.StartsWith(target + " ", StringComparison.Ordinal))
            .ToArray();
        var accepted = report.Verdicts.GetValueOrDefault(target + " ok");
        Console.WriteLine(
            string.Create(
                culture,
                $"  {target, -18} {count, 12:N0}  {reached.Length, 3} verdicts, {accepted, 10:N0} accepted"
            )
        );
    }
    var codes = report.Verdicts.Keys.Select(key => key.Split(' ')[1]).Distinct().Order();
    Console.WriteLine($"  verdicts: {string.Join(", ", codes)}");
    foreach (var finding in report.Findings.Take(20))
        Console.WriteLine($"  FINDING {finding.Target}, execution {finding.Execution}: {finding.What}");
    failed |= report.Findings.Count > 0;
}

ulong Number(string name, ulong otherwise) =>
    Text(name) is { } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : otherwise;

string? Text(string name) =>
    Array.IndexOf(args, name) is var at && at > 0 && at + 1 < args.Length ? args[at + 1] : null;
