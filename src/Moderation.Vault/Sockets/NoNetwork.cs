// Takes every way to a network from this process for good: a seccomp filter that knows Unix sockets alone (evidence-bundle.md 18).
using System.Runtime.InteropServices;

namespace Moderation.Vault.Sockets;

internal static partial class NoNetwork
{
    private const int PrSetNoNewPrivs = 38;
    private const int SetModeFilter = 1; // SECCOMP_SET_MODE_FILTER
    private const int AllThreads = 1; // SECCOMP_FILTER_FLAG_TSYNC
    private const uint Allow = 0x7FFF0000;
    private const uint Refuse = 0x00050000 | 13; // SECCOMP_RET_ERRNO, EACCES
    private const uint UnixFamily = 1; // AF_UNIX

    // Offsets in struct seccomp_data.
    private const uint CallNumber = 0;
    private const uint Machine = 4;
    private const uint FirstArgument = 16;

    private const uint IoUringSetup = 425; // would make sockets without the call socket()
    private const uint X32 = 0x40000000; // the other numbering of the same machine

    /// <summary>Holds for every thread, and for whatever this process might start; nothing can undo it.</summary>
    /// <exception cref="InvalidOperationException">The kernel refused; the process must not go on.</exception>
    internal static unsafe void Apply()
    {
        var (machine, socket, seccomp) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (0xC000003Eu, 41u, 317),
            Architecture.Arm64 => (0xC00000B7u, 198u, 277),
            var other => throw new InvalidOperationException($"No network filter for {other}."),
        };
        Step[] steps =
        [
            Step.Load(Machine),
            Step.SkipUnlessEqual(machine, 9), // another machine's numbering: refuse
            Step.Load(CallNumber),
            Step.SkipIfAtLeast(X32, 7), // refuse
            Step.SkipIfEqual(IoUringSetup, 6), // refuse
            Step.SkipIfEqual(socket, 1), // look at the family
            Step.Return(Allow),
            Step.Load(FirstArgument),
            Step.SkipUnlessEqual(UnixFamily, 2), // refuse
            Step.Load(FirstArgument + 4),
            Step.SkipIfEqual(0, 1), // allow
            Step.Return(Refuse),
            Step.Return(Allow),
        ];
        if (Control(PrSetNoNewPrivs, 1, 0, 0, 0) != 0)
            throw new InvalidOperationException("prctl(PR_SET_NO_NEW_PRIVS) failed.");
        fixed (Step* first = steps)
        {
            var filter = new Filter((ushort)steps.Length, first);
            if (Call(seccomp, SetModeFilter, AllThreads, (nint)(&filter)) != 0)
                throw new InvalidOperationException($"seccomp failed with {Marshal.GetLastPInvokeError()}.");
        }
        if (CanMakeSocket(family: 2) || CanMakeSocket(family: 10))
            throw new InvalidOperationException("The filter does not refuse network sockets.");
    }

    /// <summary>Whether the kernel gives this process a stream socket of that family.</summary>
    internal static bool CanMakeSocket(int family)
    {
        var handle = Socket(family, 1, 0);
        if (handle >= 0)
            _ = Close(handle);
        return handle >= 0;
    }

    // struct sock_filter
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Step(ushort code, byte then, byte otherwise, uint value)
    {
        private readonly ushort code = code;
        private readonly byte then = then;
        private readonly byte otherwise = otherwise;
        private readonly uint value = value;

        internal static Step Load(uint offset) => new(0x20, 0, 0, offset); // BPF_LD | BPF_W | BPF_ABS

        internal static Step SkipIfEqual(uint value, byte steps) => new(0x15, steps, 0, value); // BPF_JMP | BPF_JEQ

        internal static Step SkipUnlessEqual(uint value, byte steps) => new(0x15, 0, steps, value);

        internal static Step SkipIfAtLeast(uint value, byte steps) => new(0x35, steps, 0, value); // BPF_JGE

        internal static Step Return(uint value) => new(0x06, 0, 0, value);
    }

    // struct sock_fprog
    [StructLayout(LayoutKind.Sequential)]
    private readonly unsafe struct Filter(ushort length, Step* steps)
    {
        private readonly ushort length = length;
        private readonly Step* steps = steps;
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Call(nint number, nint operation, nint flags, nint filter);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int handle);
}
