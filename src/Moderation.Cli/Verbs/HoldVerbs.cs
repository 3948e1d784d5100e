// `moderation hold add|release|list` and `moderation retention preview`: what must be kept, and what goes tonight.
using System.CommandLine;
using System.Text.Json;

namespace Moderation.Cli.Verbs;

public static class HoldVerbs
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command MakeHold() =>
        new("hold", "Place and release legal holds: what they cover is not destroyed.") { Add(), Release(), List() };

    public static Command MakeRetention()
    {
        var login = As("custodian");
        var preview = new Command(
            "preview",
            "What will be destroyed tonight, and what a hold keeps.\n\nExample: moderation retention preview --as custodian"
        )
        {
            login,
        };
        preview.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                return Show(parsed, await staff.GetAsync("/v1/retention:preview", ct));
            }
        );
        return new Command("retention", "How long evidence is kept.") { preview };
    }

    private static Command Add()
    {
        var basis = new Option<string>("--basis") { Description = "rule id, such as us.2703f", Required = true };
        var reference = new Option<string>("--reference")
        {
            Description = "the authority's reference",
            Required = true,
        };
        var reason = new Option<string>("--reason") { Description = "why, in words", Required = true };
        var cases = Many("--case", "case_…");
        var accounts = Many("--account", "acct_…");
        var meetings = Many("--meeting", "mtg_…");
        var login = As("liaison");
        var add = new Command(
            "add",
            "Place a hold.\n\nExample: moderation hold add --basis us.2703f --reference DEMO-1 --reason \"letter received\" --case case_01k…"
        )
        {
            basis,
            reference,
            reason,
            cases,
            accounts,
            meetings,
            login,
        };
        add.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var body = new
                {
                    basis = parsed.GetValue(basis),
                    reference = parsed.GetValue(reference),
                    reason = parsed.GetValue(reason),
                    cases = parsed.GetValue(cases) ?? [],
                    accounts = parsed.GetValue(accounts) ?? [],
                    meetings = parsed.GetValue(meetings) ?? [],
                };
                return Show(parsed, await staff.SendAsync(HttpMethod.Post, "/v1/holds", body, ct));
            }
        );
        return add;
    }

    private static Command Release()
    {
        var hold = new Argument<string>("hold") { Description = "hold_…" };
        var reason = new Option<string>("--reason") { Description = "why, in words", Required = true };
        var login = As("custodian");
        var release = new Command(
            "release",
            "Ask for the release of a hold; a second custodian releases it with the same command.\n\nExample: moderation hold release hold_01k… --reason \"request withdrawn\""
        )
        {
            hold,
            reason,
            login,
        };
        release.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var path = $"/v1/holds/{Uri.EscapeDataString(parsed.GetValue(hold)!)}:release";
                return Show(
                    parsed,
                    await staff.SendAsync(HttpMethod.Post, path, new { reason = parsed.GetValue(reason) }, ct)
                );
            }
        );
        return release;
    }

    private static Command List()
    {
        var login = As("liaison");
        var list = new Command("list", "The holds, newest first.\n\nExample: moderation hold list") { login };
        list.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                return Show(parsed, await staff.GetAsync("/v1/holds", ct));
            }
        );
        return list;
    }

    private static Option<string> As(string login) =>
        new("--as") { Description = "the demo login to use", DefaultValueFactory = _ => login };

    private static Option<string[]> Many(string name, string what) =>
        new(name) { Description = $"{what}; may be repeated", AllowMultipleArgumentsPerToken = true };

    private static int Show(ParseResult parsed, JsonElement answer)
    {
        if (parsed.WantsJson())
            Shared.Data(answer);
        else
            Console.Out.WriteLine(JsonSerializer.Serialize(answer, Indented));
        return ExitCode.Ok;
    }
}
