// Puts a folder's entries on disk, so that a rename survives a power cut; .NET has no call for it.
using System.Runtime.InteropServices;

namespace Moderation.Features.Storage;

internal static partial class FolderSync
{
    public static void Flush(string folder)
    {
        var handle = Open(folder, 0);
        if (handle < 0)
            throw new IOException($"open({folder}) failed with {Marshal.GetLastPInvokeError()}.");
        var failed = Sync(handle) != 0;
        _ = Close(handle);
        if (failed)
            throw new IOException($"fsync({folder}) failed.");
    }

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
