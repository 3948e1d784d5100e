// The real vault and custodian of one installation, each in a process of its own, with what they write kept as a log.
using System.Diagnostics;

namespace Moderation.Tests;

public sealed class VaultProcesses : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<(Process Process, Task Log)> _running = [];

    private VaultProcesses() { }

    /// <param name="keys">Folder of the key ceremony.</param>
    /// <param name="socket">Where the vault is to listen; the custodian listens beside it.</param>
    /// <param name="logs">Folder of the logs.</param>
    public static async Task<VaultProcesses> StartAsync(string keys, string socket, string logs)
    {
        Directory.CreateDirectory(logs);
        var custodian = Path.Combine(Path.GetDirectoryName(socket)!, "custodian.sock");
        // Left by processes that were killed; a start is known by its socket.
        File.Delete(custodian);
        File.Delete(socket);
        var processes = new VaultProcesses();
        try
        {
            processes.Start(
                Path.Combine(logs, "custodian.log"),
                ["custodian", "--dir", Path.Combine(keys, "custodian"), "--socket", custodian]
            );
            processes.Start(
                Path.Combine(logs, "vault.log"),
                ["vault", "--dir", Path.Combine(keys, "vault"), "--socket", socket, "--custodian", custodian]
            );
            await processes.WaitForAsync(custodian);
            await processes.WaitForAsync(socket);
            return processes;
        }
        catch
        {
            await processes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one verb of the built vault program to its end; what it wrote to standard error is the fault's text.</summary>
    public static async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The vault program ended with {process.ExitCode}: {errors}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, log) in _running)
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            await log;
            process.Dispose();
        }
        _running.Clear();
    }

    public static string Program => Path.Combine(AppContext.BaseDirectory, "Moderation.Vault.dll");

    private void Start(string log, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        _running.Add((process, KeepAsync(process, log)));
    }

    private static async Task KeepAsync(Process process, string path)
    {
        await using var file = new StreamWriter(path) { AutoFlush = true };
        var both = TextWriter.Synchronized(file);
        await Task.WhenAll(CopyAsync(process.StandardOutput, both), CopyAsync(process.StandardError, both));
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync() is { } line)
            await to.WriteLineAsync(line);
    }

    private async Task WaitForAsync(string socket)
    {
        var waiting = Stopwatch.StartNew();
        while (!File.Exists(socket))
        {
            if (_running.Exists(r => r.Process.HasExited))
                throw new InvalidOperationException("Vault or custodian ended at the start; see its log.");
            if (waiting.Elapsed > Patience)
                throw new TimeoutException($"{socket} did not appear.");
            await Task.Delay(50);
        }
    }
}
