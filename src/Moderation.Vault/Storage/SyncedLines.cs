// A text file that only grows, each line on disk before Append returns: what must survive a restart.
using System.Text;

namespace Moderation.Vault.Storage;

internal sealed class SyncedLines
{
    private readonly string path;
    private long length;

    /// <summary>Reads what is there. A last line without its end was never acknowledged and is cut off.</summary>
    internal SyncedLines(string path)
    {
        this.path = path;
        var bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        length = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        if (length != bytes.Length)
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write))
            {
                file.SetLength(length);
                file.Flush(flushToDisk: true);
            }
        Lines = Encoding.ASCII.GetString(bytes, 0, (int)length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The lines found at start; later ones are the caller's to remember.</summary>
    internal string[] Lines { get; }

    /// <exception cref="IOException">The line is not on disk, or the file is not the one this process wrote.</exception>
    internal void Append(string line)
    {
        // Opened anew each time: a file that was moved away or cut in the meantime must be noticed, not written into.
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (file.Length != length)
            throw new IOException($"{Path.GetFileName(path)} was changed by somebody else.");
        file.Seek(0, SeekOrigin.End);
        var bytes = Encoding.ASCII.GetBytes(line + "\n");
        try
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line (a full disk) must not become the start of the next one.
            file.SetLength(length);
            throw;
        }
        if (length == 0)
            SyncFolder();
        length += bytes.Length;
    }

    // A new file's name is on disk only when its folder is.
    private void SyncFolder() => FolderSync.Flush(Path.GetDirectoryName(path)!);
}
