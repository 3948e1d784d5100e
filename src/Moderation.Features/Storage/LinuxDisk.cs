// The three calls of Linux that .NET lacks and durable, fast writing needs: syncfs, sync_file_range, and one open of a folder.
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Moderation.Features.Storage;

internal static partial class LinuxDisk
{
    private const uint WriteOut = 2; // SYNC_FILE_RANGE_WRITE

    /// <summary>Starts writing a stretch of a file to the disk and does not wait; a hint, so a refusal is no fault.</summary>
    public static void StartWriting(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux())
            _ = SyncFileRange(file, offset, length, WriteOut);
    }

    /// <summary>Everything that was written to the file system of this folder, contents and names, is on disk on return.</summary>
    /// <exception cref="IOException">Something could not be written; which file is not known.</exception>
    public static void FlushFileSystem(SafeFileHandle folder)
    {
        if (SyncFileSystem(folder) != 0)
            throw new IOException("syncfs failed.", Marshal.GetLastPInvokeError());
    }

    /// <summary>Kept open, since syncfs tells each error of the disk once to each handle.</summary>
    public static SafeFileHandle OpenFolder(string path)
    {
        var handle = Open(path, 0);
        return handle >= 0
            ? new SafeFileHandle(handle, ownsHandle: true)
            : throw new IOException($"open of a folder failed with {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileSystem(SafeFileHandle folder);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);
}
