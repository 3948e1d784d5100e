// Checks a custody record as it stands in a package: every line chained to the one before, stubs included (CP-13, CP-14).
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Moderation.Domain.Legal;

/// <param name="Head">Link value of the last line.</param>
/// <param name="Last">The last line's members.</param>
public sealed record CustodyChain(string Head, int Count, int Stubs, JsonObject Last)
{
    /// <summary>Reads the lines, without their LF; the first rule that is broken is the refusal.</summary>
    public static Outcome<CustodyChain> Read(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
            return Broken("The record has no line.");
        var (prev, at, stubs) = (CustodyLine.NoLink, "", 0);
        JsonObject? last = null;
        for (var i = 0; i < lines.Count; i++)
        {
            if (ReadLine(lines[i]) is not { } line)
                return Broken($"Line {i + 1} is no JSON object.");
            if (Number(line, "v") != 1 || Number(line, "seq") != i + 1)
                return Broken($"Line {i + 1} does not have its number.");
            if (Text(line, "prev") != prev)
                return Broken($"Line {i + 1} does not follow the line before it.");
            var isStub = line.ContainsKey("redacted");
            if (isStub && (i == 0 || i == lines.Count - 1))
                return Broken("The first and the last line are never stubs.");
            if (isStub)
                stubs++;
            else if (string.CompareOrdinal(Text(line, "at"), at) < 0)
                return Broken($"Line {i + 1} is earlier than the line before it.");
            else
                at = Text(line, "at") ?? "";
            var link = isStub ? Text(line, "hash") : CustodyLine.LinkOf(lines[i]);
            if (link is not { Length: 64 })
                return Broken($"Line {i + 1} has no link value.");
            (prev, last) = (link, line);
        }
        return new CustodyChain(prev, lines.Count, stubs, last!);
    }

    private static Refusal Broken(string why) => new(RefusalKind.Unprocessable, "export.custody-broken", why);

    private static JsonObject? ReadLine(string line)
    {
        try
        {
            return Jcs.Read(Encoding.UTF8.GetBytes(line)) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject line, string name) =>
        line[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonObject line, string name) =>
        line[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
