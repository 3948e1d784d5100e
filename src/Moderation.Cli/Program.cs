// The `moderation` tool: reads the verb and runs it.
using System.CommandLine;
using Moderation.Cli;
using Moderation.Cli.Verbs;

var root = new RootCommand("Trust and safety for end-to-end-encrypted meetings: report, triage, decide, export.")
{
    Shared.Json,
    FakeMeetingVerb.Make(),
    ReportVerbs.Make(),
    ListenVerb.Make(),
    BundleVerbs.Make(),
    CaseVerbs.Make(),
    DecideVerb.Make(),
    DecideVerb.MakeUndo(),
    ExportVerbs.Make(),
    HoldVerbs.MakeHold(),
    HoldVerbs.MakeRetention(),
    AuditVerbs.Make(),
    DemoVerbs.Make(),
    RiskVerbs.Make(),
    KeyVerbs.Make(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        await Console.Error.WriteLineAsync(error.Message);
    await Console.Error.WriteLineAsync("See: moderation --help");
    if (Shared.AsksForJson(args))
        Shared.Data(new { ok = false, code = "cli.usage" });
    return ExitCode.Usage;
}
return await Shared.GuardAsync(() =>
    parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false })
);
