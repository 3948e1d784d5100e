// `moderation report create|status|withdraw`: a report without media from a synthetic meeting, and what became of a report.
using System.CommandLine;
using Moderation.Domain.Reports;
using Moderation.Sdk;

namespace Moderation.Cli.Verbs;

public static class ReportVerbs
{
    public static Command Make() =>
        new("report", "File a report without media, see where one stands, take one back.")
        {
            Create(),
            Status(),
            Withdraw(),
        };

    private static Command Create()
    {
        var reason = new Option<string>("--reason")
        {
            Description = "a reason code; moderation report create --reason ? lists them",
            DefaultValueFactory = _ => "harassment",
        };
        var note = new Option<string?>("--note") { Description = "at most 1,000 characters; it is not sealed" };
        var subject = new Option<string?>("--subject") { Description = "the reported account; a new one by default" };
        var command = new Command(
            "create",
            "Report a participant of a synthetic meeting without any recording.\n\nExample: moderation report create --reason spam --note \"the same link in every room\""
        )
        {
            reason,
            note,
            subject,
        };
        command.SetAction(
            async (parsed, ct) =>
            {
                var why =
                    Reason.ByCode(parsed.GetValue(reason)!)
                    ?? throw new VerbException(
                        ExitCode.Usage,
                        $"no such reason; there are: {string.Join(", ", Reason.All.Select(r => r.Code))}"
                    );
                using var host = await SyntheticHost.CreateAsync(
                    ServerAddress.Find(),
                    TimeSpan.FromSeconds(12),
                    Persona.Throwaway,
                    true,
                    parsed.GetValue(subject),
                    null,
                    ct
                );
                var receipt = await host.Moderation.ReportAsync(
                    new BareReport(
                        new MeetingInstance(host.MeetingUuid, host.Host),
                        [host.Subject],
                        why.Code,
                        parsed.GetValue(note),
                        UserGesture.FromLocalClick()
                    ),
                    ct
                );
                if (parsed.WantsJson())
                    Shared.Data(
                        new
                        {
                            report_id = receipt.ReportId,
                            content_id = Convert.ToHexStringLower(receipt.ContentId),
                            account = host.HostAccount,
                            subject = host.SubjectAccount,
                        }
                    );
                else
                    Console.Out.WriteLine(
                        $"{receipt.ReportId}  {why.Text}: filed without media by {host.HostAccount} about {host.SubjectAccount}"
                    );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Status()
    {
        var (id, account) = Whose();
        var command = new Command(
            "status",
            "Say where a report stands and what happened to it.\n\nExample: moderation report status rpt_01k… --account host-1a2b3c4d"
        )
        {
            id,
            account,
        };
        command.SetAction(
            async (parsed, ct) =>
            {
                using var host = await AsHostAsync(parsed.GetValue(account)!, ct);
                var path = $"/v1/reports/{Uri.EscapeDataString(parsed.GetValue(id)!)}";
                var status = await host.GetAsync(path, ct);
                var timeline = await host.GetAsync($"{path}/timeline", ct);
                if (parsed.WantsJson())
                {
                    Shared.Data(new { status, timeline = timeline.GetProperty("items") });
                    return ExitCode.Ok;
                }
                Console.Out.WriteLine(
                    $"{status.GetProperty("report_id").GetString()}  {status.GetProperty("state").GetString()}, {status.GetProperty("missing").GetArrayLength()} segments missing"
                );
                foreach (var entry in timeline.GetProperty("items").EnumerateArray())
                    Console.Out.WriteLine(
                        $"  {entry.GetProperty("at").GetString()}  {entry.GetProperty("step").GetString()}"
                    );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Withdraw()
    {
        var (id, account) = Whose();
        var command = new Command(
            "withdraw",
            "Take a report back before anybody has claimed its case; its ciphertext is destroyed.\n\nExample: moderation report withdraw rpt_01k… --account host-1a2b3c4d"
        )
        {
            id,
            account,
        };
        command.SetAction(
            async (parsed, ct) =>
            {
                using var host = await AsHostAsync(parsed.GetValue(account)!, ct);
                var report = parsed.GetValue(id)!;
                await host.SendAsync(HttpMethod.Delete, $"/v1/reports/{Uri.EscapeDataString(report)}", null, ct);
                if (parsed.WantsJson())
                    Shared.Data(new { report_id = report, state = "withdrawn" });
                else
                    Console.Out.WriteLine($"{report}  withdrawn");
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static (Argument<string> Id, Option<string> Account) Whose() =>
        (
            new Argument<string>("report") { Description = "rpt_…" },
            new Option<string>("--account")
            {
                Description = "the platform's id of the reporting account",
                Required = true,
            }
        );

    // As the platform would: a token for one of its hosts, asked for with its own key and kept nowhere.
    private static async Task<ApiClient> AsHostAsync(string account, CancellationToken ct)
    {
        var server = ServerAddress.Find();
        using var platform = ApiClient.AsPlatform(server);
        var token = await platform.SendAsync(HttpMethod.Post, "/v1/host-tokens", new { account }, ct);
        return new ApiClient(server.Url, token.GetProperty("token").GetString());
    }
}
