// An S3 server of the tests' own on a free loopback port, with one bucket, in a temporary folder; it ends with the run.
using System.Diagnostics;
using System.Net.Sockets;

namespace Moderation.Tests;

public sealed class S3Server : IAsyncLifetime
{
    public const string Bucket = "moderation-evidence";

    private readonly string _folder = Directory.CreateTempSubdirectory("moderation-s3-").FullName;
    private Process? _process;

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>A credentials file with the key pair that the server knows.</summary>
    public string CredentialsFile => Path.Combine(_folder, "credentials");

    /// <summary>Settings of a product that keeps its blobs here.</summary>
    public (string Key, string Value)[] Settings(string prefix) =>
        [
            ("Storage:S3:Bucket", Bucket),
            ("Storage:S3:Endpoint", Address.ToString()),
            ("Storage:S3:Prefix", prefix),
            ("Storage:S3:CredentialsFile", CredentialsFile),
        ];

    public async ValueTask InitializeAsync()
    {
        var program = Path.Combine(FindRepository(), "tests", "s3", "node_modules", "s3rver", "bin", "s3rver.js");
        if (!File.Exists(program))
            throw new InvalidOperationException("The tests' S3 server is not installed; run ./test integration once.");
        await File.WriteAllTextAsync(
            CredentialsFile,
            "[default]\naws_access_key_id = S3RVER\naws_secret_access_key = S3RVER\n"
        );
        var port = PostgresCluster.FreePort();
        Address = new Uri($"http://127.0.0.1:{port}");
        var data = Path.Combine(_folder, "data");
        // Output goes to nowhere: it has a line for each request.
        _process = Process.Start(
            new ProcessStartInfo(
                "/bin/sh",
                [
                    "-c",
                    "exec \"$@\" >/dev/null 2>&1",
                    "sh",
                    "node",
                    program,
                    "--directory",
                    data,
                    "--address",
                    "127.0.0.1",
                    "--port",
                    $"{port}",
                    "--silent",
                    "--configure-bucket",
                    Bucket,
                ]
            )
        );
        for (var tries = 0; !await AnswersAsync(port); tries++)
        {
            if (tries > 300 || _process!.HasExited)
                throw new InvalidOperationException("The tests' S3 server did not start.");
            await Task.Delay(100);
        }
        // This server drops a bucket with its last object, which none that is in use does.
        await File.WriteAllTextAsync(Path.Combine(data, Bucket, "keep"), "");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Moderation.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException("No Moderation.sln was found above the tests.");
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
