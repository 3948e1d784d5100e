// Who owns a file, so that a key with a foreign owner is refused and a rewritten registry keeps its owner.
using System.Runtime.InteropServices;

namespace Moderation.Vault.Storage;

internal readonly partial record struct FileOwner(uint User, uint Group)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint BasicStats = 0x7FF; // STATX_BASIC_STATS

    internal static FileOwner Of(string path)
    {
        // struct statx has one layout on every architecture: uid at 20, gid at 24, 256 bytes in all.
        Span<byte> answer = stackalloc byte[256];
        if (Stat(CurrentFolder, path, 0, BasicStats, answer) != 0)
            throw new IOException($"statx({path}) failed with {Marshal.GetLastPInvokeError()}.");
        return new(MemoryMarshal.Read<uint>(answer[20..]), MemoryMarshal.Read<uint>(answer[24..]));
    }

    internal void GiveTo(string path)
    {
        if (Of(path) != this && Change(path, User, Group) != 0)
            throw new IOException($"chown({path}) failed with {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Stat(int folder, string path, int flags, uint mask, Span<byte> answer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Change(string path, uint user, uint group);
}
