// Runs the built `moderation` tool as a process of its own, against a server or an installation of a test.
using System.Diagnostics;
using System.Text.Json;

namespace Moderation.IntegrationTests.Cli;

/// <summary>What one run left.</summary>
public sealed record CommandRun(int Code, string Output, string Talk)
{
    /// <summary>The last line of standard output, which is one object where JSON was asked for.</summary>
    public JsonElement LastLine => JsonDocument.Parse(Output.TrimEnd().Split('\n')[^1]).RootElement;
}

public static class CommandLine
{
    public static async Task<CommandRun> RunAsync(
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Moderation.Cli.dll"), .. arguments]
        )
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var talk = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CommandRun(process.ExitCode, output, await talk);
    }

    /// <summary>As a member of staff of the app.</summary>
    public static Task<CommandRun> RunAsync(App app, StaffLogin who, params string[] arguments) =>
        RunAsync(
            new Dictionary<string, string>
            {
                ["MODERATION_URL"] = app.Address.ToString(),
                ["MODERATION_TOKEN"] = who.Token,
            },
            arguments
        );
}
