// Takes data files out of pinned npm packages: the npm client downloads the archive, this reads it, nobody runs it.
using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Moderation.Features.Risk.Feeds;

public sealed class NpmPackages(string folder)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private const long MaxEntryBytes = 64 * 1024 * 1024;

    /// <summary>The entry's bytes, or a refusal code. The archive is kept, and its digest compared every time.</summary>
    public async Task<(byte[]? Bytes, string? Refusal)> ReadAsync(FeedSource.Package package, CancellationToken ct)
    {
        var archive = Path.Combine(folder, ArchiveName(package));
        if (!File.Exists(archive) && await PackAsync(package, ct) is { } refusal)
            return (null, refusal);
        if (!File.Exists(archive))
            return (null, "feed_package_unavailable");
        var packed = await File.ReadAllBytesAsync(archive, ct);
        if (FeedGuards.Sha256(packed) != package.Sha256)
        {
            // Not what was pinned: whoever asks again must download it again.
            File.Delete(archive);
            return (null, "feed_package_digest");
        }
        await using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync(cancellationToken: ct) is { } entry)
        {
            if (entry.Name != package.Entry || entry.DataStream is null || entry.Length > MaxEntryBytes)
                continue;
            using var copy = new MemoryStream((int)entry.Length);
            await entry.DataStream.CopyToAsync(copy, ct);
            return (package.Convert(copy.ToArray()), null);
        }
        return (null, "feed_package_entry");
    }

    private async Task<string?> PackAsync(FeedSource.Package package, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo("npm")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] arguments =
        [
            "pack",
            "--silent",
            "--ignore-scripts",
            "--pack-destination",
            Path.GetFullPath(folder),
            $"{package.Name}@{package.Version}",
        ];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            try
            {
                // Both are drained, or a full pipe would stop the client.
                await Task.WhenAll(
                    process.StandardOutput.ReadToEndAsync(limit.Token),
                    process.StandardError.ReadToEndAsync(limit.Token),
                    process.WaitForExitAsync(limit.Token)
                );
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                ct.ThrowIfCancellationRequested();
                return "feed_package_timeout";
            }
            return process.ExitCode == 0 ? null : "feed_package_unavailable";
        }
        catch (Win32Exception)
        {
            return "feed_npm_missing";
        }
    }

    // The client's own naming: scope and name joined by a hyphen.
    private static string ArchiveName(FeedSource.Package package) =>
        $"{package.Name.TrimStart('@').Replace('/', '-')}-{package.Version}.tgz";
}
