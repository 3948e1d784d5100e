// One whole installation in processes of its own: PostgreSQL, custodian, vault, an api server and a worker, each of which may be killed.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Moderation.FaultTests;

public sealed class Installation : IAsyncDisposable
{
    public const string Postgres = "postgres";
    public const string Custodian = "custodian";
    public const string Vault = "vault";
    public const string Api = "api";
    public const string Worker = "worker";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Dictionary<string, Process> _running = [];
    private readonly string _top;
    private readonly string _binaries;
    private readonly int _postgresPort = FreePort();
    private readonly int _apiPort = FreePort();
    private readonly int _workerPort = FreePort();
    private readonly HttpClient _health = new() { Timeout = TimeSpan.FromSeconds(5) };

    private Installation(string top)
    {
        _top = top;
        _binaries =
            Environment.GetEnvironmentVariable("PGBIN")
            ?? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(d => Path.Combine(d, "bin"))
                .Last(d => File.Exists(Path.Combine(d, "initdb")));
        Folder = Directory.CreateTempSubdirectory("moderation-faults-").FullName;
        // PostgreSQL runs as another user and has to pass through.
        File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
    }

    public string Folder { get; }
    public string Blobs => Path.Combine(Folder, "data", "blobs");
    public string Keys => Path.Combine(Folder, "data", "keys");
    public string LogKey => Path.Combine(Keys, "public", "log.pub");
    public Uri Address => new($"http://127.0.0.1:{_apiPort}");
    private string Clock => Path.Combine(Folder, "clock");
    private string ClockLibrary => Path.Combine(Folder, "clock.so");
    private string ClockSource => Path.Combine(_top, "tests", "Moderation.FaultTests", "clock.c");
    public bool BlobsAreSmall { get; private set; }
    public bool ClockMayJump { get; private set; }
    public static bool IsRoot => Environment.UserName == "root";
    public string ConnectionString =>
        $"Host=127.0.0.1;Port={_postgresPort};Username=moderation;Database=postgres;Maximum Pool Size=30";

    public static async Task<Installation> StartAsync(string top)
    {
        var installation = new Installation(top);
        try
        {
            await installation.SetUpAsync();
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL, and nothing is said before.</summary>
    public async Task KillAsync(string name)
    {
        var process = _running[name];
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Signal(string name, string signal) => Run("kill", $"-{signal}", $"{_running[name].Id}");

    /// <summary>Starts what is not running, in the order in which an operator would.</summary>
    public async Task ReviveAsync()
    {
        foreach (var name in new[] { Postgres, Custodian, Vault, Api, Worker })
        {
            if (_running.TryGetValue(name, out var old) && !old.HasExited)
                continue;
            old?.Dispose();
            if (name is Vault or Custodian)
                File.Delete(Path.Combine(Folder, "data", "run", $"{name}.sock"));
            _running[name] = Start(name);
            if (name == Postgres)
                await PostgresAnswersAsync();
        }
    }

    public async Task ReadyAsync()
    {
        var waiting = Stopwatch.StartNew();
        while (await ReadinessAsync() != HttpStatusCode.OK)
        {
            if (waiting.Elapsed > Patience)
                throw new Violation($"not ready {Patience.TotalSeconds} s after everything was started again");
            await Task.Delay(100);
        }
    }

    /// <summary>What /readyz answers; null when nobody does.</summary>
    public async Task<HttpStatusCode?> ReadinessAsync()
    {
        try
        {
            using var answer = await _health.GetAsync(new Uri(Address, "/readyz"));
            return answer.StatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    /// <summary>Sets the wall clock of the api off by so much; its monotonic clock goes on.</summary>
    public void SetClock(TimeSpan off)
    {
        // In place: the processes have the file mapped.
        using var file = new FileStream(Clock, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes((long)off.TotalSeconds));
    }

    /// <summary>Fills the blob folder's file system to the last byte; disposing gives the room back.</summary>
    public IDisposable FillDisk()
    {
        var filler = Path.Combine(Blobs, "filler");
        using (var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            var block = new byte[1 << 20];
            try
            {
                while (true)
                    file.Write(block);
            }
            catch (IOException)
            {
                // Full: that was the point.
            }
        }
        return new Filler(filler);
    }

    public string RunServer(string? input, params string[] arguments)
    {
        var start = Program("Server", [.. arguments]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardInput = true;
        using var process = Process.Start(start)!;
        process.StandardInput.WriteLine(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{arguments[0]} ended with {process.ExitCode}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _health.Dispose();
        NpgsqlConnection.ClearAllPools();
        if (BlobsAreSmall)
            Run("umount", "-l", Blobs);
        // The last child of PostgreSQL may still be writing its farewell.
        for (var attempt = 0; Directory.Exists(Folder); attempt++)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (IOException) when (attempt < 20)
            {
                await Task.Delay(250);
            }
        }
    }

    private async Task SetUpAsync()
    {
        foreach (var folder in new[] { "data/run", "data/keys/server", "data/blobs", "log" })
            Directory.CreateDirectory(Path.Combine(Folder, folder));
        if (IsRoot)
            BlobsAreSmall = Run("mount", "-t", "tmpfs", "-o", "size=1200m,mode=0755", "tmpfs", Blobs) == 0;
        SetClock(TimeSpan.Zero);
        ClockMayJump = HasCompiler() && Run("cc", "-O2", "-shared", "-fPIC", "-o", ClockLibrary, ClockSource) == 0;
        var cluster = Path.Combine(Folder, "postgres");
        Directory.CreateDirectory(cluster);
        if (IsRoot)
            Run("chown", "65534:65534", cluster);
        Must(AsPostgres("initdb", "-D", cluster, "-U", "moderation", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"));
        _running[Postgres] = Start(Postgres);
        await PostgresAnswersAsync();
        Must(Program("../migrations/Moderation.Migrations", []));
        Must(Program("Vault", ["init", Keys]));
        var secrets = Path.Combine(Keys, "server", "secrets.key");
        if (!File.Exists(secrets))
            await File.WriteAllBytesAsync(secrets, System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        Must(Program("Server", ["make-package-signer"]));
        Must(Program("Server", ["make-log-key", "faults.test/audit"]));
        await ReviveAsync();
        await ReadyAsync();
    }

    private Process Start(string name)
    {
        var run = Path.Combine(Folder, "data", "run");
        var start = name switch
        {
            Postgres => AsPostgres(
                "postgres",
                "-D",
                Path.Combine(Folder, "postgres"),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                $"port={_postgresPort}",
                "-c",
                "unix_socket_directories="
            ),
            Custodian => Program(
                "Vault",
                ["custodian", "--dir", Path.Combine(Keys, "custodian"), "--socket", Path.Combine(run, "custodian.sock")]
            ),
            Vault => Program(
                "Vault",
                [
                    "vault",
                    "--dir",
                    Path.Combine(Keys, "vault"),
                    "--socket",
                    Path.Combine(run, "vault.sock"),
                    "--custodian",
                    Path.Combine(run, "custodian.sock"),
                ]
            ),
            Api => Program("Server", ["--urls", Address.ToString(), "--Role", "api"]),
            Worker => Program("Server", ["--urls", $"http://127.0.0.1:{_workerPort}", "--Role", "worker"]),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        if (name == Api && ClockMayJump)
        {
            start.Environment["LD_PRELOAD"] = ClockLibrary;
            start.Environment["FAULTS_CLOCK"] = Clock;
        }
        // Into a file and not through a pipe of ours: a reader that lags would hold the process up.
        var shell = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "exec \"$@\" >>\"$LOG\" 2>&1", "sh", start.FileName },
            WorkingDirectory = start.WorkingDirectory,
        };
        foreach (var argument in start.ArgumentList)
            shell.ArgumentList.Add(argument);
        foreach (var (key, value) in start.Environment)
            shell.Environment[key] = value;
        shell.Environment["LOG"] = Path.Combine(Folder, "log", $"{name}.log");
        return Process.Start(shell)!;
    }

    private ProcessStartInfo Program(string name, IReadOnlyList<string> arguments)
    {
        var path = name.StartsWith("../", StringComparison.Ordinal)
            ? Path.Combine(_top, "migrations", "bin", "Release", "net10.0", "Moderation.Migrations.dll")
            : Path.Combine(_top, "src", $"Moderation.{name}", "bin", "Release", "net10.0", $"Moderation.{name}.dll");
        var data = Path.Combine(Folder, "data");
        var start = new ProcessStartInfo("dotnet", [path, .. arguments]) { WorkingDirectory = _top };
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__Moderation"] = ConnectionString,
            ["DataDir"] = data,
            ["Keys__Public"] = Path.Combine(Keys, "public"),
            ["Keys__Receipt"] = Path.Combine(Keys, "server", "receipt.key"),
            ["Keys__Log"] = Path.Combine(Keys, "server", "log.key"),
            ["Keys__Secrets"] = Path.Combine(Keys, "server", "secrets.key"),
            ["Keys__PackageSigner"] = Path.Combine(Keys, "server", "package-signer.pem"),
            ["Vault__Socket"] = Path.Combine(data, "run", "vault.sock"),
            ["Webhooks__AllowLoopback"] = "true",
            // The load is what is tested here, not the fence against it.
            ["Limits__PerCredential"] = "1000000",
            ["Limits__PerAccount"] = "1000000",
            ["Limits__PerCredentialBulk"] = "1000000",
            ["Limits__PerAddress"] = "1000000",
            ["Intake__OpenChallengesPerDevice"] = "1000",
            ["Intake__BundlesPerDeviceAndHour"] = "1000",
            ["Intake__OpenUploadsPerAccount"] = "100000",
            ["Intake__OpenBytesPerAccount"] = "1099511627776",
            // A killed process starts again sooner, which is most of a round.
            ["DOTNET_TieredPGO"] = "0",
            ["Policy__MinimumSuspensionSeconds"] = "1",
            ["Policy__GraceSeconds"] = "0",
        };
        foreach (var (key, value) in settings)
            start.Environment[key] = value;
        return start;
    }

    private async Task PostgresAnswersAsync()
    {
        var waiting = Stopwatch.StartNew();
        NpgsqlConnection.ClearAllPools();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;Timeout=3");
                await connection.OpenAsync();
                return;
            }
            catch (Exception fault) when (fault is NpgsqlException or TimeoutException && waiting.Elapsed < Patience)
            {
                // Killed, it leaves children that hold its memory for a moment; it refuses to start until they are gone.
                if (_running[Postgres].HasExited)
                    _running[Postgres] = Start(Postgres);
                await Task.Delay(100);
            }
        }
    }

    // PostgreSQL refuses to run as root.
    private ProcessStartInfo AsPostgres(string program, params string[] arguments) =>
        IsRoot
            ? new ProcessStartInfo(
                "setpriv",
                ["--reuid=65534", "--regid=65534", "--clear-groups", Path.Combine(_binaries, program), .. arguments]
            )
            {
                WorkingDirectory = "/",
            }
            : new ProcessStartInfo(Path.Combine(_binaries, program), arguments) { WorkingDirectory = "/" };

    private static void Must(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}: {errors.Result}");
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true }
        )!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static bool HasCompiler() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "cc")));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Filler(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}
