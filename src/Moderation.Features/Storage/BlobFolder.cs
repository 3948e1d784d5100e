// Keeps sealed bytes in a local folder under their SHA-256: hashed while they stream in, flushed, then renamed into place.
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Moderation.CasePackage;

namespace Moderation.Features.Storage;

/// <summary>Content-addressed files, `blobs/ab/cd/abcd…`. A blob without a row is garbage; a row without a blob is an alarm.</summary>
public sealed class BlobFolder(string root)
{
    private const int BlockLength = 81_920;

    public BlobFolder(IConfiguration configuration)
        : this(
            Path.Combine(
                configuration["DataDir"] ?? throw new InvalidOperationException("DataDir is not set."),
                "blobs"
            )
        ) { }

    /// <summary>Writes a body under a temporary name and hashes it on the way; nothing is visible until it is published.</summary>
    public async Task<StagedBlob> StageAsync(Stream body, CancellationToken ct)
    {
        var incoming = Path.Combine(root, "incoming");
        Directory.CreateDirectory(incoming);
        var staged = new StagedBlob(this, Path.Combine(incoming, RandomNumberGenerator.GetHexString(32, true)));
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[BlockLength];
            await using (var file = new FileStream(staged.Path, NewFile))
            {
                int read;
                while ((read = await body.ReadAsync(block, ct)) > 0)
                {
                    hash.AppendData(block, 0, read);
                    await file.WriteAsync(block.AsMemory(0, read), ct);
                }
                file.Flush(flushToDisk: true);
            }
            staged.Hash = hash.GetHashAndReset();
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    /// <summary>The sealed bytes with this hash; the caller closes the stream.</summary>
    /// <exception cref="FileNotFoundException">A row names a blob that is gone.</exception>
    public Stream OpenRead(ReadOnlySpan<byte> hash) =>
        new FileStream(
            PathOf(hash),
            FileMode.Open,
            FileAccess.Read,
            FileShare.Read | FileShare.Delete,
            BlockLength,
            FileOptions.Asynchronous | FileOptions.SequentialScan
        );

    public Task<bool> ExistsAsync(ReadOnlySpan<byte> hash) => Task.FromResult(File.Exists(PathOf(hash)));

    /// <summary>Removes a blob; one that is gone already is no error.</summary>
    public void Delete(ReadOnlySpan<byte> hash)
    {
        var path = PathOf(hash);
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            return;
        File.Delete(path);
        DiskFlush.Folder(folder);
    }

    /// <summary>Removes what uploads that were cut off by a kill have left behind.</summary>
    public void SweepIncoming(DateTimeOffset before)
    {
        var incoming = new DirectoryInfo(Path.Combine(root, "incoming"));
        if (!incoming.Exists)
            return;
        foreach (var file in incoming.EnumerateFiles().Where(f => f.LastWriteTimeUtc < before.UtcDateTime))
            file.Delete();
    }

    internal void Publish(string path, ReadOnlySpan<byte> hash)
    {
        var target = PathOf(hash);
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            DiskFlush.Folder(Path.GetDirectoryName(folder)!);
            DiskFlush.Folder(root);
        }
        File.Move(path, target, overwrite: true);
        DiskFlush.Folder(folder);
    }

    private static FileStreamOptions NewFile
    {
        get
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.Asynchronous,
            };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return options;
        }
    }

    private string PathOf(ReadOnlySpan<byte> hash)
    {
        var name = Convert.ToHexStringLower(hash);
        return Path.Combine(root, name[..2], name[2..4], name);
    }
}

/// <summary>Bytes on disk that nobody sees yet; disposing drops them unless they were published.</summary>
public sealed class StagedBlob(BlobFolder folder, string path) : IDisposable
{
    internal string Path => path;

    public byte[] Hash { get; internal set; } = [];

    /// <summary>Makes the bytes readable under their hash, durably.</summary>
    public void Publish() => folder.Publish(path, Hash);

    // After publishing there is no file of this name any more.
    public void Dispose() => File.Delete(path);
}
