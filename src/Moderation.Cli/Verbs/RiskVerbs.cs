// `moderation risk classify-email|classify-ip`: what the lists of a data folder say of each line on stdin.
using System.CommandLine;
using Moderation.Domain.Risk;

namespace Moderation.Cli.Verbs;

public static class RiskVerbs
{
    public static Command Make() =>
        new("risk", "Ask the risk lists.")
        {
            Classify(
                "classify-email",
                "Classify mail addresses or hosts, one a line on stdin; one JSON object a line on stdout.\n\n"
                    + "Example: moderation risk classify-email --data DIR < addresses.txt",
                RiskParts.Mail,
                RiskLines.ClassifyEmails
            ),
            Classify(
                "classify-ip",
                "Classify IP addresses, one a line on stdin; one JSON object a line on stdout.\n\n"
                    + "Example: moderation risk classify-ip --data DIR < addresses.txt",
                RiskParts.Addresses,
                RiskLines.ClassifyAddresses
            ),
        };

    private static Command Classify(
        string name,
        string description,
        RiskParts parts,
        Func<RiskSnapshot, Stream, Stream, long> classify
    )
    {
        var data = new Option<string?>("--data")
        {
            Description = "a folder of lists; default: the one that the server of this machine uses",
        };
        var verb = new Command(name, description) { data };
        verb.SetAction(parsed =>
        {
            var lists = Load(parsed.GetValue(data) ?? ConfiguredFolder(), parts);
            using var input = Console.OpenStandardInput();
            using var output = Console.OpenStandardOutput();
            classify(lists, input, output);
            return ExitCode.Ok;
        });
        return verb;
    }

    private static RiskSnapshot Load(string folder, RiskParts parts)
    {
        try
        {
            var lists = RiskSnapshot.Load(
                name =>
                {
                    var file = Path.Combine(folder, name);
                    return File.Exists(file) ? File.OpenRead(file) : null;
                },
                parts
            );
            // Everything would be unknown, which is hardly what was asked for.
            return lists.Sources.Count > 0
                ? lists
                : throw new VerbException(ExitCode.NotFound, $"{folder} holds no lists");
        }
        catch (InvalidDataException e)
        {
            throw new VerbException(ExitCode.Refused, e.Message);
        }
    }

    private static string ConfiguredFolder() =>
        Environment.GetEnvironmentVariable("Risk__Feeds__Folder") is { Length: > 0 } folder ? folder
        : ServerAddress.Find().Data is { } data ? Path.Combine(data, "feeds", "fetched")
        : throw new VerbException(ExitCode.Usage, "name the folder of the lists with --data");
}
