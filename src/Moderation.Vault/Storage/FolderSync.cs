// Puts a folder's entries on disk, and replaces a file so that a reader sees the old one or the new one.
using System.Runtime.InteropServices;

namespace Moderation.Vault.Storage;

internal static partial class FolderSync
{
    internal static void Flush(string folder)
    {
        var handle = Open(folder, 0);
        if (handle < 0)
            throw new IOException($"open({folder}) failed with {Marshal.GetLastPInvokeError()}.");
        var failed = Sync(handle) != 0;
        _ = Close(handle);
        if (failed)
            throw new IOException($"fsync({folder}) failed.");
    }

    /// <summary>What the server reads, as another user; nothing secret.</summary>
    internal const UnixFileMode Everybody =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The folder of such files.</summary>
    internal const UnixFileMode EverybodyLooks =
        Everybody | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    internal static void Replace(
        string path,
        ReadOnlySpan<byte> content,
        FileOwner? owner,
        UnixFileMode mode = OwnerOnly
    )
    {
        var next = path + ".next";
        using (var file = new FileStream(next, NewSecretFile))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        owner?.GiveTo(next);
        File.SetUnixFileMode(next, mode); // also where the umask is stricter
        File.Move(next, path, overwrite: true);
        Flush(Path.GetDirectoryName(path)!);
    }

    internal static FileStreamOptions NewSecretFile =>
        new()
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
