// Starts the process once more, under the same id, with the runtime's own doors to its memory shut.
using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Moderation.Vault.Sockets;

internal static partial class ClosedRuntime
{
    // Diagnostics port, debugger pipe, profiler attach and crash dumps. The runtime reads these before any of our code
    // runs, and from the environment alone, so setting them here would be too late.
    private static readonly (string Name, string Value)[] Needed =
    [
        ("DOTNET_EnableDiagnostics", "0"),
        ("DOTNET_DbgEnableMiniDump", "0"),
    ];

    /// <summary>Returns when the doors are shut; else the process begins anew and this does not return.</summary>
    internal static void Enter()
    {
        if (Needed.All(door => Environment.GetEnvironmentVariable(door.Name) == door.Value))
        {
            RemoveOldDoors();
            return;
        }
        var words = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).TrimEnd('\0').Split('\0');
        var environment = Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .Where(entry => Needed.All(door => door.Name != (string)entry.Key))
            .Select(entry => $"{entry.Key}={entry.Value}")
            .Concat(Needed.Select(door => $"{door.Name}={door.Value}"))
            .ToArray();
        _ = Replace("/proc/self/exe", [.. words, null], [.. environment, null]);
        throw new InvalidOperationException($"execve failed with {Marshal.GetLastPInvokeError()}.");
    }

    // The names the first start left in the temporary folder; nobody listens there any more.
    private static void RemoveOldDoors()
    {
        foreach (var name in (string[])["dotnet-diagnostic", "clr-debug-pipe"])
        foreach (var path in Directory.GetFiles(Path.GetTempPath(), $"{name}-{Environment.ProcessId}-*"))
            File.Delete(path);
    }

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Replace(string path, string?[] words, string?[] environment);
}
