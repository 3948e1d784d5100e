// Measures the product and the limits of the machine in one run, both in processor time, so that a busy machine does not change a ratio.
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
        var (limit, ours) = (0.0, 0.0);
        var block = RandomNumberGenerator.GetBytes(65_536);
        var length = new FileInfo(path).Length;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Environment.CpuUsage.TotalTime;
            using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
                for (long done = 0; done < length; done += block.Length)
                    hash.AppendData(block);
            limit = Math.Max(limit, length / (Environment.CpuUsage.TotalTime - started).TotalSeconds);

            started = Environment.CpuUsage.TotalTime;
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
            ours = Math.Max(ours, length / (Environment.CpuUsage.TotalTime - started).TotalSeconds);
        }
        Say(
            $"verification of {length / 1e6:F0} MB from a file: {ours / 1e6:F0} MB/s; SHA-256 of the base class library {limit / 1e6:F0} MB/s; ratio {ours / limit:P0} (goal 60 %)"
        );
    }

    private static void VerifySmall(Stock stock, AnnexAState state)
    {
        var file = stock.Seal(new byte[200]).ToFile();
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Environment.CpuUsage.TotalTime;
            var count = 0;
            for (; (Environment.CpuUsage.TotalTime - started) < TimeSpan.FromMilliseconds(500); count++)
            {
                var head = state.VerifyHead(file).Value;
                var body = file.AsSpan(head.Head.Bytes.Length);
                if (SegmentVerifier.Verify(body, head.Structure.Descriptors[0]) is { } refusal)
                    throw new InvalidOperationException(refusal.Code);
            }
            best = Math.Max(best, count / (Environment.CpuUsage.TotalTime - started).TotalSeconds);
        }
        Say($"verification of bundles of {file.Length} bytes, one thread: {best:F0} a second (goal 4,000)");
    }

    private static void Seal(Stock stock)
    {
        byte[][] plaintexts = [.. Enumerable.Range(0, 16).Select(_ => RandomNumberGenerator.GetBytes(SegmentBytes))];
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            var started = Environment.CpuUsage.TotalTime;
            stock.Seal(plaintexts);
            best = Math.Max(
                best,
                plaintexts.Length * SegmentBytes / (Environment.CpuUsage.TotalTime - started).TotalSeconds
            );
        }
        Say($"sealing of 64 MB in 16 segments, one thread: {best / 1e6:F0} MB/s (goal 500)");
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
        foreach (var argument in new[] { "Moderation.Cli.dll", "bundle", "verify", file, "--keys", keys })
            start.ArgumentList.Add(
                argument.EndsWith(".dll", StringComparison.Ordinal)
                    ? Path.Combine(AppContext.BaseDirectory, argument)
                    : argument
            );
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
