// What the programme was asked to do; every run is bounded in rounds and in time.
namespace Moderation.FaultTests;

public sealed record Options(
    int Rounds,
    TimeSpan Limit,
    int Seed,
    int Clients,
    IReadOnlyList<string> Faults,
    string? Plant
)
{
    public const string Usage = """
        faults [--rounds 200] [--minutes 30] [--seed N] [--clients 4] [--faults a,b,…] [--plant NAME]

          --faults   only these; see the list below
          --plant    spoils something itself before the check of every round, to show that the check can fail
        """;

    /// <exception cref="FormatException">An unknown option or a value that is no number.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options(200, TimeSpan.FromMinutes(30), Environment.TickCount & 0xFFFFFF, 4, [], null);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value");
            options = args[i] switch
            {
                "--rounds" => options with { Rounds = Number(value) },
                "--minutes" => options with { Limit = TimeSpan.FromMinutes(Number(value)) },
                "--seed" => options with { Seed = Number(value) },
                "--clients" => options with { Clients = Number(value) },
                "--faults" => options with { Faults = value.Split(',') },
                "--plant" => options with { Plant = value },
                _ => throw new FormatException($"unknown option {args[i]}"),
            };
        }
        return options;
    }

    private static int Number(string text) =>
        int.TryParse(text, out var number) && number > 0 ? number : throw new FormatException($"{text} is no number");
}
