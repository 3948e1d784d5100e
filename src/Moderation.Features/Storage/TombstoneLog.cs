// The append-only list of destroyed evidence, outside the database and the blobs: what a restored backup must not revive.
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Moderation.CasePackage;

namespace Moderation.Features.Storage;

/// <param name="ContentId">32 bytes; the report is found by it.</param>
/// <param name="At">When it was destroyed.</param>
/// <param name="Reason">What stands in the certificate.</param>
/// <param name="Certificate">The vault's signed certificate.</param>
public sealed record Tombstone(byte[] ContentId, DateTimeOffset At, string Reason, byte[] Certificate);

/// <summary>Lines `LINK CONTENT-ID UNIX-MS REASON CERTIFICATE`, each with the SHA-256 of the line before in front, so that one
/// that was taken out shows. Setting: `Storage:Tombstones`, a folder that no backup is restored over and that all servers of an
/// installation share (default `tombstones` in `DataDir`).</summary>
public sealed class TombstoneLog(IConfiguration configuration, TimeProvider clock)
{
    private const string NoLink = "0000000000000000000000000000000000000000000000000000000000000000";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private string Folder =>
        configuration["Storage:Tombstones"] is { Length: > 0 } set
            ? set
            : Path.Combine(
                configuration["DataDir"] ?? throw new InvalidOperationException("DataDir is not set."),
                "tombstones"
            );

    private string File => Path.Combine(Folder, "tombstones.log");

    /// <summary>On disk when this returns. The same content id again adds nothing.</summary>
    public async Task AddAsync(Tombstone stone, CancellationToken ct)
    {
        DiskFlush.PrivateFolder(Folder);
        await using var file = await OpenAsync(ct);
        var lines = await ReadLinesAsync(file, ct);
        if (lines.Exists(l => Parse(l).ContentId.AsSpan().SequenceEqual(stone.ContentId)))
            return;
        var link = lines is [.., var last] ? LinkOf(last) : NoLink;
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{link} {Convert.ToHexStringLower(stone.ContentId)} {stone.At.ToUnixTimeMilliseconds()} {Text(Encoding.UTF8.GetBytes(stone.Reason))} {Text(stone.Certificate)}"
        );
        // A line that a power cut tore off is overwritten: nothing was destroyed on its strength yet.
        file.SetLength(lines.Sum(l => l.Length + 1L));
        file.Position = file.Length;
        await file.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), ct);
        file.Flush(flushToDisk: true);
        DiskFlush.Folder(Folder);
    }

    /// <summary>Every tombstone, oldest first.</summary>
    /// <exception cref="InvalidDataException">A line was changed or taken out.</exception>
    public async Task<IReadOnlyList<Tombstone>> ReadAsync(CancellationToken ct)
    {
        if (!System.IO.File.Exists(File))
            return [];
        await using var file = await OpenAsync(ct);
        var link = NoLink;
        List<Tombstone> stones = [];
        foreach (var line in await ReadLinesAsync(file, ct))
        {
            if (!line.StartsWith(link + " ", StringComparison.Ordinal))
                throw new InvalidDataException($"The tombstone log is broken at line {stones.Count + 1}.");
            stones.Add(Parse(line));
            link = LinkOf(line);
        }
        return stones;
    }

    // Held alone by one process at a time.
    private async Task<FileStream> OpenAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        while (true)
            try
            {
                return new FileStream(File, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (clock.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Pause, clock, ct);
            }
    }

    /// <summary>Whole lines only.</summary>
    private static async Task<List<string>> ReadLinesAsync(FileStream file, CancellationToken ct)
    {
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, ct);
        var text = Encoding.ASCII.GetString(bytes);
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static Tombstone Parse(string line)
    {
        if (line.Split(' ') is not [_, var content, var at, var reason, var certificate])
            throw new InvalidDataException("A line of the tombstone log is not of its form.");
        return new Tombstone(
            Convert.FromHexString(content),
            DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)),
            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(reason)),
            Base64Url.DecodeFromChars(certificate)
        );
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static string LinkOf(string line) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(line)));
}
