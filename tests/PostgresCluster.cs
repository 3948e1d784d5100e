// Starts a private PostgreSQL cluster for a test run on a free loopback port, and stops it at the end.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Npgsql;

namespace Moderation.Tests;

public sealed class PostgresCluster : IAsyncLifetime
{
    private static readonly string[] Durability = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"moderation-pg-{Path.GetRandomFileName()}");
    private string _binaries = "";
    private int _databases;

    public int Port { get; private set; }

    /// <summary>The folder with everything PostgreSQL wrote, for tests that look for what must not be there.</summary>
    public string Folder => _folder;

    public async ValueTask InitializeAsync()
    {
        _binaries =
            Environment.GetEnvironmentVariable("PGBIN")
            ?? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(d => Path.Combine(d, "bin"))
                .Where(d => File.Exists(Path.Combine(d, "initdb")))
                .OrderByDescending(d => d, StringComparer.Ordinal)
                .First();
        Directory.CreateDirectory(_folder);
        if (Environment.UserName == "root")
            await RunAsync("chown", "65534:65534", _folder);
        await AsServerUserAsync(
            "initdb",
            "-D",
            Data,
            "-U",
            "moderation",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8"
        );
        Port = FreePort();
        var options = string.Join(
            " ",
            new[] { "listen_addresses=127.0.0.1", $"port={Port}", "unix_socket_directories=''", "max_connections=900" }
                .Concat(Durability)
                .Select(o => $"-c {o}")
        );
        await AsServerUserAsync(
            "pg_ctl",
            "-D",
            Data,
            "-l",
            Path.Combine(_folder, "server.log"),
            "-w",
            "-t",
            "60",
            "-o",
            options,
            "start"
        );
        await ExecuteAsync("create database template_moderation");
        await using var db = Open("template_moderation");
        await db.Database.MigrateAsync();
        await db.Database.CloseConnectionAsync();
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>A new database with every migration applied, cloned from the template.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"create database {name} template template_moderation");
        return ConnectionString(name);
    }

    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=moderation;Database={database};Maximum Pool Size=60;Connection Idle Lifetime=10;Connection Pruning Interval=3";

    public ModerationDb Open(string database)
    {
        var builder = new DbContextOptionsBuilder<ModerationDb>();
        builder.UseModeration(ConnectionString(database));
        return new ModerationDb(builder.Options);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await AsServerUserAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Data => Path.Combine(_folder, "data");

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    // PostgreSQL refuses to run as root.
    private Task AsServerUserAsync(string program, params string[] arguments) =>
        Environment.UserName == "root"
            ? RunAsync(
                "setpriv",
                ["--reuid=65534", "--regid=65534", "--clear-groups", Path.Combine(_binaries, program), .. arguments]
            )
            : RunAsync(Path.Combine(_binaries, program), arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Output goes to nowhere: a started server would otherwise keep the pipe open for ever.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh", program, .. arguments]);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}"
            );
    }
}
