// Puts written files in place and on disk, many under one flush: while one flush runs, the next group gathers.
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Moderation.CasePackage;

namespace Moderation.Features.Storage;

/// <summary>One thread a folder, since every call in here blocks. A group of more than <see cref="Few"/> costs one flush of
/// the file system; a smaller one flushes its own files and folders and leaves the rest of the disk alone.</summary>
internal sealed class GroupCommit : IDisposable
{
    private const int Few = 2;
    private const int Most = 256;

    private readonly string _root;
    private readonly BlockingCollection<Entry> _waiting = [];
    private readonly Thread _thread;

    // Folders whose own names this process has put on disk.
    private readonly HashSet<string> _durable = new(StringComparer.Ordinal);
    private SafeFileHandle? _fileSystem;

    public GroupCommit(string root)
    {
        _root = root;
        _thread = new Thread(Run) { IsBackground = true, Name = "blob commit" };
        _thread.Start();
    }

    /// <summary>Moves a closed file to its place; durable when the task ends.</summary>
    /// <param name="from">The temporary file.</param>
    /// <param name="to">Where it belongs.</param>
    /// <param name="hash">SHA-256 of its bytes: what lies there already is kept only when it has the same.</param>
    /// <param name="isFlushed">Its bytes are on disk already.</param>
    public Task PlaceAsync(string from, string to, byte[] hash, bool isFlushed)
    {
        var entry = new Entry(from, to, hash, isFlushed);
        _waiting.Add(entry);
        return entry.Done.Task;
    }

    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _fileSystem?.Dispose();
        _waiting.Dispose();
    }

    private sealed record Entry(string From, string To, byte[] Hash, bool IsFlushed)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private void Run()
    {
        List<Entry> group = [];
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            group.Clear();
            group.Add(first);
            while (group.Count < Most && _waiting.TryTake(out var next))
                group.Add(next);
            if (OperatingSystem.IsLinux() && group.Count > Few)
                Finish(group, TogetherWith(group));
            else
                group.ForEach(e => Finish([e], Alone(e)));
        }
    }

    private static void Finish(List<Entry> entries, Exception? fault)
    {
        foreach (var entry in entries)
            if (fault is null)
                entry.Done.TrySetResult();
            else
                entry.Done.TrySetException(fault);
    }

    // The names may reach the disk before the bytes. A power cut in between leaves a file that no row names and no client
    // was told of; the next upload of that hash looks at it and replaces it.
    private Exception? TogetherWith(List<Entry> group)
    {
        try
        {
            foreach (var entry in group.ToList())
                try
                {
                    Move(entry);
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
                {
                    Finish([entry], fault);
                    group.Remove(entry);
                }
            _fileSystem ??= LinuxDisk.OpenFolder(_root);
            LinuxDisk.FlushFileSystem(_fileSystem);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return fault;
        }
    }

    private Exception? Alone(Entry entry)
    {
        try
        {
            if (!entry.IsFlushed)
                FlushFile(entry.From);
            if (!Move(entry))
                FlushFile(entry.To);
            FlushFolders(Path.GetDirectoryName(entry.To)!);
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return fault;
        }
    }

    /// <returns>False when the same bytes lay there already.</returns>
    private static bool Move(Entry entry)
    {
        if (File.Exists(entry.To) && Has(entry.To, entry.Hash))
        {
            File.Delete(entry.From);
            return false;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(entry.To)!);
        File.Move(entry.From, entry.To, overwrite: true);
        return true;
    }

    private static bool Has(string path, byte[] hash)
    {
        try
        {
            using var file = File.OpenRead(path);
            return SHA256.HashData(file).AsSpan().SequenceEqual(hash);
        }
        catch (FileNotFoundException)
        {
            return false; // deleted between the look and the reading
        }
    }

    private static void FlushFile(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }

    // The folder's entries each time; the names of the folders above it once.
    private void FlushFolders(string folder)
    {
        DiskFlush.Folder(folder);
        for (var up = folder; up != _root && !_durable.Contains(up); up = Path.GetDirectoryName(up)!)
        {
            DiskFlush.Folder(Path.GetDirectoryName(up)!);
            _durable.Add(up);
        }
    }
}
