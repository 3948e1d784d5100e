// Finds the server: MODERATION_URL, else the address of the last ./run; and the folder that run kept its data in.
using System.Text.Json;

namespace Moderation.Cli;

/// <summary>Where the server listens, and the data folder of a run on this machine (null for a server elsewhere).</summary>
public sealed record ServerAddress(Uri Url, string? Data)
{
    public static ServerAddress Find()
    {
        var data = Environment.GetEnvironmentVariable("MODERATION_DATA") is { Length: > 0 } named ? named : null;
        if (Environment.GetEnvironmentVariable("MODERATION_URL") is { Length: > 0 } url)
            return new ServerAddress(new Uri(url), data ?? LastRun()?.Data);
        return LastRun()
            ?? throw new VerbException(
                ExitCode.Unavailable,
                "no server is known. Start one with ./run, or set MODERATION_URL."
            );
    }

    /// <summary>A file below the data folder of the run; demo verbs need some that a real client has built in.</summary>
    public string DataFile(params string[] parts)
    {
        if (Data is null)
            throw new VerbException(
                ExitCode.Usage,
                "this verb needs a run on this machine; set MODERATION_DATA to its data folder"
            );
        var path = Path.Combine([Data, .. parts]);
        return File.Exists(path)
            ? path
            : throw new VerbException(ExitCode.NotFound, $"{path} is missing; was ./run started without demo data?");
    }

    private static ServerAddress? LastRun()
    {
        var state =
            Environment.GetEnvironmentVariable("XDG_STATE_HOME")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        var file = Path.Combine(state, "moderation", "last-run.json");
        if (!File.Exists(file))
            return null;
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return new ServerAddress(
            new Uri(json.RootElement.GetProperty("url").GetString()!),
            json.RootElement.GetProperty("data").GetString()
        );
    }
}
