// Checks the chain of an own log from a shell: an auditor needs no key and no running process.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Moderation.Vault.Storage;

internal static class LogCheck
{
    internal static int Run(string folder, TextWriter output)
    {
        var state = OpeningLog.VerifyFile(FolderLayout.Log(folder));
        var answer = new JsonObject { ["ok"] = state.BrokenLine is null, ["entries"] = state.Entries };
        if (state.BrokenLine is { } line)
            answer["broken_line"] = line;
        else
            answer["head"] = Convert.ToHexStringLower(state.Head);
        output.WriteLine(answer.ToJsonString(JsonSerializerOptions.Default));
        return state.BrokenLine is null ? 0 : 2;
    }
}
