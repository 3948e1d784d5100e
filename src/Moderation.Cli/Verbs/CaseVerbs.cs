// `moderation case list|show`: the queue and a case in the terminal.
using System.CommandLine;
using System.Text.Json;

namespace Moderation.Cli.Verbs;

public static class CaseVerbs
{
    public static Command Make()
    {
        var login = new Option<string>("--as")
        {
            Description = "the demo login to use",
            DefaultValueFactory = _ => "analyst",
        };
        var status = new Option<string>("--status")
        {
            Description = "open or closed",
            DefaultValueFactory = _ => "open",
        };
        var list = new Command("list", "List a queue in working order.\n\nExample: moderation case list --status open")
        {
            login,
            status,
        };
        list.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var page = await staff.GetAsync(
                    $"/v1/cases?queue=general&status={Uri.EscapeDataString(parsed.GetValue(status)!)}&limit=50",
                    ct
                );
                if (parsed.WantsJson())
                {
                    Shared.Data(page);
                    return ExitCode.Ok;
                }
                Console.Out.WriteLine(
                    $"{"CASE", -31} {"REFERENCE", -15} {"SEV", -4} {"REASON", -12} {"RISK", -9} {"EVIDENCE", -10} SUBJECT"
                );
                foreach (var row in page.GetProperty("items").EnumerateArray())
                    Console.Out.WriteLine(
                        $"{Text(row, "id"), -31} {Text(row, "reference"), -15} {Text(row, "severity"), -4} {Text(row, "reason"), -12} {Text(row, "risk_band"), -9} {Text(row, "evidence_state"), -10} {Text(row, "subject")}"
                    );
                return ExitCode.Ok;
            }
        );
        var id = new Argument<string>("case") { Description = "case_…" };
        var show = new Command("show", "Show one case.\n\nExample: moderation case show case_01k…") { id, login };
        show.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var detail = await staff.GetAsync($"/v1/cases/{Uri.EscapeDataString(parsed.GetValue(id)!)}", ct);
                if (parsed.WantsJson())
                    Shared.Data(detail);
                else
                    foreach (var line in CaseText.LinesOf(detail))
                        Console.Out.WriteLine(line);
                return ExitCode.Ok;
            }
        );
        return new Command("case", "Look at cases.") { list, show };
    }

    private static string Text(JsonElement row, string member) =>
        row.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "-";
}
