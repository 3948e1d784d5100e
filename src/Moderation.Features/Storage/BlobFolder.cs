// Keeps sealed bytes in a local folder: hashed while they stream in under a temporary name, flushed in groups, renamed into place.
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Moderation.CasePackage;

namespace Moderation.Features.Storage;

/// <summary>Files `ab/cd/abcd…` below the root. Several processes may share it.</summary>
public sealed class BlobFolder(string root) : IBlobStore, IDisposable
{
    private const int BlockLength = 131_072;

    // A body of this length or less is flushed with others; a longer one starts for the disk while it still comes in.
    private const int SmallLength = 512 * 1024;
    private const int WriteBackLength = 1024 * 1024;
    private const long LeastRoom = 64L * 1024 * 1024;
    private const int NoSpace = 28; // ENOSPC
    private const int NoQuota = 122; // EDQUOT

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
    private readonly Lazy<GroupCommit> _commit = new(() =>
        new GroupCommit(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))
    );

    private string Incoming => Path.Combine(_root, "incoming");

    public async Task<bool> StoreAsync(byte[] hash, long length, Stream body, CancellationToken ct)
    {
        var staged = Path.Combine(Incoming, RandomNumberGenerator.GetHexString(32, lowercase: true));
        try
        {
            if (!await WriteAsync(staged, hash, length, body, ct))
                return false;
            await _commit.Value.PlaceAsync(staged, PathOf(hash), hash, isFlushed: length > SmallLength);
            return true;
        }
        catch (IOException fault) when (IsFull(fault))
        {
            throw new BlobStoreFullException(fault);
        }
        finally
        {
            // After it was placed there is no file of this name any more.
            File.Delete(staged);
        }
    }

    public Task<Stream> OpenReadAsync(byte[] hash, CancellationToken ct)
    {
        try
        {
            return Task.FromResult<Stream>(
                new FileStream(
                    PathOf(hash),
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.Read | FileShare.Delete,
                    BlockLength,
                    FileOptions.Asynchronous | FileOptions.SequentialScan
                )
            );
        }
        catch (IOException gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromException<Stream>(new BlobMissingException(hash, gone));
        }
    }

    public Task<bool> ExistsAsync(byte[] hash, CancellationToken ct) => Task.FromResult(File.Exists(PathOf(hash)));

    public Task DeleteAsync(byte[] hash, CancellationToken ct)
    {
        var path = PathOf(hash);
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
            return Task.CompletedTask;
        File.Delete(path);
        DiskFlush.Folder(folder);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<StoredBlob> ListAsync(byte[]? after, [EnumeratorCancellation] CancellationToken ct)
    {
        var past = after is null ? "" : Convert.ToHexStringLower(after);
        foreach (var outer in Folders(_root, past.Length > 0 ? past[..2] : ""))
        foreach (var inner in Folders(outer, past.StartsWith(Path.GetFileName(outer)) ? past[2..4] : ""))
        {
            ct.ThrowIfCancellationRequested();
            foreach (var file in Files(inner, past))
                yield return file;
            await Task.Yield(); // a folder is read in one go; the caller may want to stop between two
        }
    }

    public Task SweepAsync(DateTimeOffset before, CancellationToken ct)
    {
        var incoming = new DirectoryInfo(Incoming);
        if (incoming.Exists)
            foreach (var file in incoming.EnumerateFiles().Where(f => f.LastWriteTimeUtc < before.UtcDateTime))
                file.Delete();
        return Task.CompletedTask;
    }

    public Task<string?> FindTroubleAsync(CancellationToken ct) =>
        Task.FromResult(
            !Directory.Exists(_root) ? "missing"
            : new DriveInfo(_root).AvailableFreeSpace < LeastRoom ? "full"
            : null
        );

    public void Dispose()
    {
        if (_commit.IsValueCreated)
            _commit.Value.Dispose();
    }

    /// <returns>False when the body is not what was announced.</returns>
    private async Task<bool> WriteAsync(string path, byte[] hash, long length, Stream body, CancellationToken ct)
    {
        await using var stream = Create(path);
        var file = stream.SafeFileHandle;
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = ArrayPool<byte>.Shared.Rent(BlockLength);
        try
        {
            long written = 0;
            long started = 0;
            int read;
            while ((read = await body.ReadAsync(block.AsMemory(0, BlockLength), ct)) > 0)
            {
                if (written + read > length)
                    return false;
                sum.AppendData(block, 0, read);
                RandomAccess.Write(file, block.AsSpan(0, read), written);
                written += read;
                if (length > SmallLength && written - started >= WriteBackLength)
                {
                    LinuxDisk.StartWriting(file, started, written - started);
                    started = written;
                }
            }
            if (written != length || !sum.GetHashAndReset().AsSpan().SequenceEqual(hash))
                return false;
            // On a thread of its own: a few of these at once would leave the pool without one.
            if (length > SmallLength)
                await Task.Factory.StartNew(
                    () => RandomAccess.FlushToDisk(file),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                );
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, PrivateFile);
        }
        // Two first uploads at once: .NET says that the file is missing when the other made the folder in between.
        catch (IOException fault) when (fault is DirectoryNotFoundException or FileNotFoundException)
        {
            Directory.CreateDirectory(Incoming);
            return new FileStream(path, PrivateFile);
        }
    }

    private static FileStreamOptions PrivateFile { get; } = MakeOptions();

    private static FileStreamOptions MakeOptions()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static bool IsFull(IOException fault) => fault.HResult is NoSpace or NoQuota;

    private static IEnumerable<string> Folders(string folder, string from) =>
        Directory.Exists(folder)
            ? Directory
                .EnumerateDirectories(folder)
                .Where(d => Path.GetFileName(d) is { Length: 2 } name && string.CompareOrdinal(name, from) >= 0)
                .Order(StringComparer.Ordinal)
            : [];

    private static IEnumerable<StoredBlob> Files(string folder, string past) =>
        new DirectoryInfo(folder)
            .EnumerateFiles()
            .Where(f => f.Name.Length == 64 && string.CompareOrdinal(f.Name, past) > 0)
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => new StoredBlob(Convert.FromHexString(f.Name), f.Length, f.LastWriteTimeUtc));

    private string PathOf(ReadOnlySpan<byte> hash)
    {
        var name = Convert.ToHexStringLower(hash);
        return Path.Combine(_root, name[..2], name[2..4], name);
    }
}
