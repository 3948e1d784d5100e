// Measures the product and the limits of the machine in one run: by the clock, and in processor time, which a busy machine does not change.
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Benchmarks;

public static class SideBySide
{
    private const int SegmentBytes = 4_000_000;
    private const int Rounds = 5;

    public static async Task<int> RunAsync()
    {
        Say($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {await LoadAsync()}");
        await ShowOpenSslAsync("speed", "-seconds", "1", "-bytes", "16384", "-evp", "sha256");
        await ShowOpenSslAsync("speed", "-seconds", "1", "-bytes", "16384", "-evp", "aes-256-gcm");
        await ShowOpenSslAsync("speed", "-seconds", "1", "ed25519");

        using var stock = new Stock();
        var folder = Directory.CreateTempSubdirectory("moderation-bench-").FullName;
        try
        {
            var keys = Path.Combine(folder, "keys.json");
            await File.WriteAllBytesAsync(keys, stock.KeysFile);
            var (large, middle) = (Path.Combine(folder, "large.evb"), Path.Combine(folder, "middle.evb"));
            await WriteAsync(stock, middle, 4);
            await WriteAsync(stock, large, 41);
            var state = AnnexAState.Parse(stock.KeysFile);
            await VerifyLargeAsync(state, large);
            VerifySmall(stock, state);
            Seal(stock);
            foreach (var file in new[] { middle, large })
                Say(
                    $"moderation bundle verify of {new FileInfo(file).Length / 1e6:F0} MB: peak memory of the whole process {await PeakAsync(file, keys):F1} MB"
                );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    // Each round measures the limit and the product one after the other; the best of each counts.
    private static async Task VerifyLargeAsync(AnnexAState state, string path)
    {
        var (limit, ours) = (default(Rate), default(Rate));
        var block = RandomNumberGenerator.GetBytes(65_536);
        var length = new FileInfo(path).Length;
        for (var round = 0; round < Rounds; round++)
        {
            var began = Reading.Take();
            using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
                for (long done = 0; done < length; done += block.Length)
                    hash.AppendData(block);
            limit = limit.BestOf(began.RateOf(length));

            began = Reading.Take();
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var head = new byte[EvidenceLimits.Header];
            await file.ReadExactlyAsync(head);
            if (BundleHead.ReadLength(head, out var headLength) is not null)
                throw new InvalidOperationException("The bundle has no head.");
            Array.Resize(ref head, headLength);
            await file.ReadExactlyAsync(head.AsMemory(EvidenceLimits.Header));
            var verified = state.VerifyHead(head).Value;
            if (await SegmentVerifier.VerifyAllAsync(file, verified.Structure.Descriptors) is { } refusal)
                throw new InvalidOperationException(refusal.Code);
            ours = ours.BestOf(began.RateOf(length));
        }
        Say(
            $"verification of {length / 1e6:F0} MB from a file: {ours.Clock / 1e6:F0} MB/s by the clock, {ours.Processor / 1e6:F0} MB/s of processor time"
        );
        Say(
            $"SHA-256 of the base class library: {limit.Clock / 1e6:F0} and {limit.Processor / 1e6:F0} MB/s; ratios {ours.Clock / limit.Clock:P0} and {ours.Processor / limit.Processor:P0} (goal 60 %)"
        );
    }

    private static void VerifySmall(Stock stock, AnnexAState state)
    {
        var file = stock.Seal(new byte[200]).ToFile();
        var best = default(Rate);
        for (var round = 0; round < Rounds; round++)
        {
            var began = Reading.Take();
            var count = 0;
            for (; began.Processor < TimeSpan.FromMilliseconds(500); count++)
            {
                var head = state.VerifyHead(file).Value;
                var body = file.AsSpan(head.Head.Bytes.Length);
                if (SegmentVerifier.Verify(body, head.Structure.Descriptors[0]) is { } refusal)
                    throw new InvalidOperationException(refusal.Code);
            }
            best = best.BestOf(began.RateOf(count));
        }
        Say(
            $"verification of bundles of {file.Length} bytes, one thread: {best.Clock:F0} a second by the clock, {best.Processor:F0} of processor time (goal 4,000)"
        );
    }

    private static void Seal(Stock stock)
    {
        byte[][] plaintexts = [.. Enumerable.Range(0, 16).Select(_ => RandomNumberGenerator.GetBytes(SegmentBytes))];
        var best = default(Rate);
        for (var round = 0; round < Rounds; round++)
        {
            var began = Reading.Take();
            stock.Seal(plaintexts);
            best = best.BestOf(began.RateOf(plaintexts.Length * SegmentBytes));
        }
        Say(
            $"sealing of 64 MB in 16 segments: {best.Clock / 1e6:F0} MB/s by the clock, {best.Processor / 1e6:F0} MB/s of processor time (goal 500)"
        );
    }

    /// <summary>Units a second.</summary>
    private readonly record struct Rate(double Clock, double Processor)
    {
        public Rate BestOf(Rate other) => new(Math.Max(Clock, other.Clock), Math.Max(Processor, other.Processor));
    }

    private readonly record struct Reading(long At, TimeSpan Used)
    {
        /// <summary>Processor time of the whole process since.</summary>
        public TimeSpan Processor => Environment.CpuUsage.TotalTime - Used;

        public static Reading Take() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

        public Rate RateOf(double units) =>
            new(units / Stopwatch.GetElapsedTime(At).TotalSeconds, units / Processor.TotalSeconds);
    }

    private static async Task WriteAsync(Stock stock, string path, int segments)
    {
        var bundle = stock.Seal([.. Enumerable.Range(0, segments).Select(_ => new byte[SegmentBytes])]);
        await using var file = File.Create(path);
        await bundle.WriteToAsync(file);
    }

    // VmHWM is the kernel's own peak; it only grows, so the last reading before the end counts.
    private static async Task<double> PeakAsync(string file, string keys)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        // From its own folder: beside a programme that runs on ASP.NET Core it lacks what that framework brings.
        var folder = AppContext.BaseDirectory.Replace(
            Path.Join("tests", "Moderation.Benchmarks"),
            Path.Join("src", "Moderation.Cli"),
            StringComparison.Ordinal
        );
        foreach (
            var argument in new[] { Path.Join(folder, "Moderation.Cli.dll"), "bundle", "verify", file, "--keys", keys }
        )
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var peak = 0.0;
        while (!process.HasExited)
        {
            try
            {
                var line = File.ReadLines($"/proc/{process.Id}/status")
                    .First(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
                peak = double.Parse(line.Split(':')[1].Replace("kB", "").Trim(), CultureInfo.InvariantCulture) / 1024;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It ended between the two looks.
            }
            await Task.Delay(3);
        }
        return process.ExitCode == 0 ? peak : throw new InvalidOperationException("The tool refused the bundle.");
    }

    private static async Task ShowOpenSslAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        var lines = (await process.StandardOutput.ReadToEndAsync()).TrimEnd().Split('\n');
        Say(
            $"openssl {string.Join(' ', arguments)}: {lines[^1].Trim()}{(arguments[^1] == "ed25519" ? " (s/sign, s/verify, sign/s, verify/s)" : "")}"
        );
    }

    private static async Task<string> LoadAsync() =>
        File.Exists("/proc/loadavg")
            ? $"load {(await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0]}"
            : "load unknown";

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
