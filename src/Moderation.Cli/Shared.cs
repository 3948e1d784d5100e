// What every verb shares: the output switch, where talk and data go, and how a failure becomes an exit code.
using System.CommandLine;
using System.Net;
using System.Text.Json;
using Moderation.Sdk.Http;

namespace Moderation.Cli;

/// <summary>A failure the user can act on: words for stderr, a code for the shell.</summary>
public sealed class VerbException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The stable code of the failure under `-o json`, for verbs that always end with an object.</summary>
    public string Code { get; init; } = "cli.failed";
}

public static class Shared
{
    public static Option<string> Json { get; } =
        new("--output", "-o")
        {
            Description = "table, or json for machines",
            DefaultValueFactory = _ => "table",
            Recursive = true,
        };

    public static JsonSerializerOptions JsonOptions { get; } =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static bool WantsJson(this ParseResult parsed) => parsed.GetValue(Json) == "json";

    /// <summary>As <see cref="WantsJson"/>, from arguments that could not be parsed.</summary>
    public static bool AsksForJson(IReadOnlyList<string> args) =>
        args.Any(arg => arg is "-ojson" or "-o=json" or "--output=json")
        || args.Zip(args.Skip(1)).Any(pair => pair is { First: "-o" or "--output", Second: "json" });

    /// <summary>One JSON object on one line: the last line of stdout under `-o json`.</summary>
    public static void Data(object value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    public static void Talk(string text) => Console.Error.WriteLine(text);

    public static async Task<int> GuardAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (VerbException e)
        {
            Talk($"error: {e.Message}");
            return e.ExitCode;
        }
        catch (ModerationApiException e)
        {
            Talk($"error: {e.Message}{(e.TraceId is null ? "" : $" [trace {e.TraceId}]")}");
            return e.Status switch
            {
                HttpStatusCode.NotFound => ExitCode.NotFound,
                HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => ExitCode.Conflict,
                HttpStatusCode.ServiceUnavailable => ExitCode.Unavailable,
                _ => ExitCode.Refused,
            };
        }
        catch (HttpRequestException)
        {
            Talk("error: the server does not answer. Start it with ./run, or set MODERATION_URL.");
            return ExitCode.Unavailable;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
    }
}
