// Runs the built `moderation` tool as a process of its own, as a user does.
using System.Diagnostics;
using System.Text.Json;

namespace Moderation.UnitTests.Cli;

/// <summary>What one run left: exit code, data, talk.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Error)
{
    /// <summary>The last line of standard output, which under -o json is one object.</summary>
    public JsonElement LastLine => JsonDocument.Parse(Output.TrimEnd().Split('\n')[^1]).RootElement;
}

internal static class Tool
{
    public static async Task<ToolRun> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Moderation.Cli.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var ct = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var error = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        return new ToolRun(process.ExitCode, await output, await error);
    }
}

/// <summary>A folder for one test; it goes with the test.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("moderation-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>Whether only the owner may read or enter it.</summary>
    public static bool IsForItsOwnerAlone(string path)
    {
        const UnixFileMode others =
            UnixFileMode.GroupRead
            | UnixFileMode.GroupWrite
            | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite
            | UnixFileMode.OtherExecute;
        return OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & others) == 0;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
