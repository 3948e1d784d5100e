// What a process that holds a key asks of the operating system before it reads the key (evidence-bundle.md 18).
using System.Runtime.InteropServices;

namespace Moderation.Vault.Sockets;

internal static partial class Hardening
{
    private const int RlimitCore = 4;
    private const int PrGetDumpable = 3;
    private const int PrSetDumpable = 4;
    private const uint OwnerOnly = 0x3F; // 0077: neither group nor others

    /// <summary>No core dumps, no tracing by the same user, new files and sockets for the owner alone.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused; the process must not go on.</exception>
    internal static void Apply()
    {
        _ = SetUmask(OwnerOnly);
        var none = new Limit(0, 0);
        if (SetLimit(RlimitCore, in none) != 0)
            throw new InvalidOperationException("setrlimit(RLIMIT_CORE, 0) failed.");
        if (Control(PrSetDumpable, 0, 0, 0, 0) != 0 || Dumpable != 0)
            throw new InvalidOperationException("prctl(PR_SET_DUMPABLE, 0) failed.");
    }

    /// <summary>Keeps every page of this process, keys and shares among them, out of swap. Needs a memory limit that allows
    /// it (`ulimit -l unlimited`) or the capability; without, the private keys alone are locked, by libsodium.</summary>
    /// <returns>Whether all of it is locked.</returns>
    internal static bool LockMemory()
    {
        const int present = 1,
            future = 2,
            whenTouched = 4; // .NET reserves far more than it touches
        return LockAll(present | future | whenTouched) == 0;
    }

    internal static int Dumpable => Control(PrGetDumpable, 0, 0, 0, 0);

    internal static uint OwnUser => EffectiveUser();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit(ulong soft, ulong hard)
    {
        private readonly ulong soft = soft;
        private readonly ulong hard = hard;
    }

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "mlockall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LockAll(int flags);

    [LibraryImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint SetUmask(uint mask);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUser();
}
