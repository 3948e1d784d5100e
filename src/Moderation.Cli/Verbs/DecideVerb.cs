// `moderation decide` and `moderation undo`: scripted triage; claims the case, decides it, and takes a decision back.
using System.CommandLine;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;

namespace Moderation.Cli.Verbs;

public static class DecideVerb
{
    private static Option<string> Login() =>
        new("--as") { Description = "the demo login to use", DefaultValueFactory = _ => "analyst" };

    public static Command Make()
    {
        var id = new Argument<string>("case") { Description = "case_…" };
        var outcome = new Option<string>("--outcome") { Description = "violation, no_violation, …", Required = true };
        var clause = new Option<string?>("--clause") { Description = "for a violation, such as harassment.targeted" };
        var severity = new Option<string?>("--severity") { Description = "for a violation, S0 to S4" };
        var action = new Option<string>("--action")
        {
            Description = "none, warn, friction, suspend or ban",
            DefaultValueFactory = _ => "none",
        };
        var measures = new Option<string[]>("--measure") { Description = "for friction, may be repeated" };
        var seconds = new Option<long?>("--seconds") { Description = "length of friction or suspension" };
        var citations = new Option<string[]>("--cite")
        {
            Description = "rpt_…#SEGMENT or rpt_…#SEGMENT@FROM-TO, may be repeated",
        };
        var rationale = new Option<string>("--rationale") { Description = "why", Required = true };
        var unseen = new Option<bool>("--without-viewing") { Description = "say that no evidence was viewed" };
        var code = new Option<string?>("--deviation-code") { Description = "when not what is recommended" };
        var why = new Option<string?>("--deviation-reason") { Description = "the same in words" };
        var login = Login();
        var decide = new Command(
            "decide",
            "Claim a case and decide it.\n\nExample: moderation decide case_01k… --outcome no_violation --rationale \"Nothing broken.\" --without-viewing"
        )
        {
            id,
            outcome,
            clause,
            severity,
            action,
            measures,
            seconds,
            citations,
            rationale,
            unseen,
            code,
            why,
            login,
        };
        decide.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var about = parsed.GetValue(id)!;
                var claim = await staff.SendAsync(HttpMethod.Post, "/v1/claims", new { case_id = about }, ct);
                var detail = await staff.GetAsync($"/v1/cases/{Uri.EscapeDataString(about)}", ct);
                var body = new Dictionary<string, object?>
                {
                    ["case_id"] = about,
                    ["outcome"] = parsed.GetValue(outcome),
                    ["action"] = parsed.GetValue(action),
                    ["rationale"] = parsed.GetValue(rationale),
                    ["clause"] = parsed.GetValue(clause),
                    ["severity"] = parsed.GetValue(severity),
                    ["measures"] = parsed.GetValue(measures) is { Length: > 0 } chosen ? chosen : null,
                    ["duration_seconds"] = parsed.GetValue(seconds),
                    ["citations"] = parsed.GetValue(citations) is { Length: > 0 } cited
                        ? cited.Select(CitationOf).ToList()
                        : null,
                    ["decided_without_viewing"] = parsed.GetValue(unseen),
                    ["deviation_code"] = parsed.GetValue(code),
                    ["deviation_reason"] = parsed.GetValue(why),
                };
                var decision = await staff.SendAsync(
                    HttpMethod.Post,
                    "/v1/decisions",
                    JsonContent.Create(body),
                    [
                        ("If-Match", $"\"{detail.GetProperty("row").GetProperty("version")}\""),
                        ("Moderation-Claim", $"{claim.GetProperty("id")};fence={claim.GetProperty("fence")}"),
                        ("Idempotency-Key", RandomNumberGenerator.GetHexString(32)),
                    ],
                    ct
                );
                return Say(parsed.WantsJson(), decision);
            }
        );
        return decide;
    }

    public static Command MakeUndo()
    {
        var id = new Argument<string>("decision") { Description = "dec_…" };
        var login = Login();
        var undo = new Command(
            "undo",
            "Take one's own decision back before anything of it has left.\n\nExample: moderation undo dec_01k…"
        )
        {
            id,
            login,
        };
        undo.SetAction(
            async (parsed, ct) =>
            {
                using var staff = await ApiClient.AsStaffAsync(ServerAddress.Find(), parsed.GetValue(login)!, ct);
                var undone = await staff.SendAsync(
                    HttpMethod.Post,
                    $"/v1/decisions/{Uri.EscapeDataString(parsed.GetValue(id)!)}:undo",
                    null,
                    ct
                );
                return Say(parsed.WantsJson(), undone.GetProperty("decision"));
            }
        );
        return undo;
    }

    private static int Say(bool json, JsonElement decision)
    {
        if (json)
        {
            Shared.Data(decision);
            return ExitCode.Ok;
        }
        var releases =
            decision.TryGetProperty("release_at", out var at) && at.ValueKind == JsonValueKind.String
                ? $", leaves at {at.GetString()}"
                : "";
        Console.Out.WriteLine($"{decision.GetProperty("id")}  {decision.GetProperty("state")}{releases}");
        return ExitCode.Ok;
    }

    private static object CitationOf(string text)
    {
        var (report, rest) = Split(text, '#');
        var (segment, times) = Split(rest ?? "", '@');
        var (from, to) = Split(times ?? "", '-');
        if (!int.TryParse(segment, System.Globalization.CultureInfo.InvariantCulture, out var index))
            throw new VerbException(ExitCode.Usage, $"'{text}' is not rpt_…#SEGMENT@FROM-TO");
        return new
        {
            report_id = report,
            segment = index,
            from_seconds = Number(from),
            to_seconds = Number(to),
        };
    }

    private static (string First, string? After) Split(string text, char at)
    {
        var i = text.IndexOf(at, StringComparison.Ordinal);
        return i < 0 ? (text, null) : (text[..i], text[(i + 1)..]);
    }

    private static double? Number(string? text) =>
        double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
