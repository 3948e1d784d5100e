// Kills, stops, fills and confuses a whole installation under load, round after round, and checks after each that nothing acknowledged is lost.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Moderation.FaultTests;

Options options;
try
{
    options = Options.Parse(args);
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"error: {wrong.Message}\n\n{Options.Usage}");
    return 2;
}

var top = new DirectoryInfo(AppContext.BaseDirectory);
while (!File.Exists(Path.Combine(top.FullName, "Moderation.sln")))
    top = top.Parent ?? throw new InvalidOperationException("Moderation.sln is in no folder above.");

var clock = Stopwatch.StartNew();
var random = new Random(options.Seed);
Console.WriteLine(
    $"faults: {options.Rounds} rounds or {options.Limit.TotalMinutes:0} minutes, seed {options.Seed}, {options.Clients} clients"
);
await using var installation = await Installation.StartAsync(top.FullName);
foreach (var left in Fault.Left(installation))
    Console.WriteLine($"left out: {left}");

var book = new Book();
var password = RandomNumberGenerator.GetHexString(24);
foreach (var login in new[] { "decider", "reader" })
    installation.RunServer(password, "add-staff", login, "analyst", "--child-safety");
installation.RunServer(password, "add-staff", "auditor", "auditor", "--child-safety");
await using var platform = new Platform(
    installation.Address,
    installation.RunServer(null, "add-platform-key", "faults"),
    book
);
using (var port = new TcpListener(IPAddress.Loopback, 0))
{
    port.Start();
    var free = ((IPEndPoint)port.LocalEndpoint).Port;
    port.Stop();
    await platform.ListenAsync(free);
}
using var decider = new StaffMember(installation, book, "decider", password);
using var reader = new StaffMember(installation, book, "reader", password);
var reporters = Enumerable
    .Range(0, options.Clients)
    .Select(i => new Reporter(installation, platform, book, options.Seed + i))
    .ToList();
using var careless = new Reporter(installation, platform, book, options.Seed + options.Clients);
using var auditor = new StaffMember(installation, book, "auditor", password);
using var log = new LogWatch(installation, book, auditor);
var checks = new Checks(installation, book, reader, log);
var faults = Fault
    .Of(installation, careless)
    .Where(f => options.Faults.Count == 0 || options.Faults.Contains(f.Name))
    .ToList();

var rounds = new SortedDictionary<string, int>(StringComparer.Ordinal);
string? broken = null;
for (var round = 1; round <= options.Rounds && clock.Elapsed < options.Limit && broken is null; round++)
{
    book.Round = round;
    // Every fault in turn, in another order each time round.
    var fault = faults[(round - 1) % faults.Count];
    if ((round - 1) % faults.Count == 0)
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(faults));
    fault = faults[(round - 1) % faults.Count];
    try
    {
        await RoundAsync(fault);
        if (options.Plant is { } plant)
            await Plants.DoAsync(plant, installation);
        await checks.AfterRoundAsync(round);
        rounds[fault.Name] = rounds.GetValueOrDefault(fault.Name) + 1;
    }
    catch (Violation violation)
    {
        broken = $"round {round} ({fault.Name}): {violation.Message}";
    }
    if (round % 10 == 0 || options.Rounds <= 30)
        Console.WriteLine(
            $"round {round} ({fault.Name}): {book.Reports.Count} reports, {book.Decisions.Count} decisions, {book.Retries} attempts answered by nobody, {clock.Elapsed.TotalSeconds:0} s"
        );
}
if (broken is null)
{
    try
    {
        await checks.AtTheEndAsync(top.FullName);
    }
    catch (Violation violation)
    {
        broken = $"at the end: {violation.Message}";
    }
}
foreach (var reporter in reporters)
    reporter.Dispose();

var whole = book.Reports.Values.Count(r => r.Receipt is not null);
Console.WriteLine($"rounds: {string.Join(", ", rounds.Select(r => $"{r.Key} {r.Value}"))}");
Console.WriteLine(
    $"{rounds.Values.Sum()} rounds in {clock.Elapsed.TotalSeconds:0} s: {book.Reports.Count} reports sent, {whole} with a receipt, "
        + $"{book.Reports.Values.Count(r => r.Filed)} filed, {book.Decisions.Count} decided, {book.Effects.Count} events at the platform, "
        + $"{book.Retries} attempts answered by nobody, {book.Faults} of them with a 500, {book.Abandoned} requests abandoned, {book.BadManners} uploads with bad manners, "
        + $"{log.Size} log entries under {log.Checkpoints} checkpoints"
);
if (broken is not null)
{
    Console.WriteLine($"BROKEN {broken}");
    if (Environment.GetEnvironmentVariable("FAULTS_KEEP_LOGS") is { Length: > 0 } keep)
        foreach (var file in Directory.EnumerateFiles(Path.Combine(installation.Folder, "log")))
            File.Copy(
                file,
                Path.Combine(Directory.CreateDirectory(keep).FullName, Path.GetFileName(file)),
                overwrite: true
            );
    return 6;
}
Console.WriteLine("nothing acknowledged was lost, doubled or half visible");
return 0;

async Task RoundAsync(Fault fault)
{
    using var over = new CancellationTokenSource();
    var load = reporters
        .Select(r => LoadAsync(r.ReportAsync, over.Token))
        .Append(
            LoadAsync(
                async () =>
                {
                    if (!await decider.DecideNextAsync())
                        await Task.Delay(100);
                },
                over.Token
            )
        )
        .ToList();
    await Task.Delay(random.Next(50, 700));
    await fault.HappenAsync(installation, random);
    await Task.Delay(random.Next(50, 400));
    // What has been begun is finished: a client does not give up because a server died.
    await over.CancelAsync();
    await Task.WhenAll(load);
    await installation.ReviveAsync();
    await installation.ReadyAsync();
}

static async Task LoadAsync(Func<Task> act, CancellationToken over)
{
    while (!over.IsCancellationRequested)
        await act();
}
