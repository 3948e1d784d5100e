// A case for a person in a terminal: who and why, each report's segments with their attribution, what was decided.
using System.Text.Json;

namespace Moderation.Cli;

public static class CaseText
{
    private static readonly string[] Kinds =
    [
        "?",
        "attested media",
        "media",
        "chat",
        "screenshot",
        "note",
        "roster",
        "gap",
    ];

    /// <param name="detail">The answer of <c>GET /v1/cases/{id}</c>.</param>
    public static IEnumerable<string> LinesOf(JsonElement detail)
    {
        var row = detail.GetProperty("row");
        yield return $"{Text(row, "id")}  {Text(row, "reference")}  {Text(row, "status")}, due {Text(row, "due_at")}";
        yield return $"  {Text(row, "severity")} {Text(row, "reason_text")} in {Text(row, "lane")}, about {Text(row, "subject")}, risk {Text(row, "risk_band")}";
        foreach (var report in detail.GetProperty("reports").EnumerateArray())
        foreach (var line in OfReport(report))
            yield return line;
        foreach (var decision in detail.GetProperty("decisions").EnumerateArray())
            yield return $"  decided {Text(decision, "decided_at")} by {Text(decision, "decided_by")}: {Text(decision, "outcome")}, {Text(decision, "action")}";
        foreach (var line in detail.GetProperty("history").EnumerateArray())
            yield return $"  {Text(line, "at")}  {Text(line, "actor")}: {Text(line, "text")}";
    }

    /// <summary>Attribution as evidence-bundle.md 13 words it; what no one has opened is not checked yet.</summary>
    public static string Grade(string? grade) =>
        grade switch
        {
            "G0" => "G0 asserted by the reporting host",
            "not_checked" => "relay receipt holds; G1 not checked yet, only an opening can",
            null => "-",
            _ => grade,
        };

    private static IEnumerable<string> OfReport(JsonElement report)
    {
        yield return $"  report {Text(report, "id")}  {Text(report, "state")}, filed {Text(report, "filed_at")}";
        yield return $"    content id {Text(report, "content_id")}";
        var isDestroyed = Text(report, "state") == "evidence_destroyed";
        if (isDestroyed)
            yield return "    its evidence was destroyed: nobody can open it; digests and the certificate remain";
        var segments = report.GetProperty("segments").EnumerateArray().ToList();
        if (segments.Count > 0)
            yield return $"    {"#", 4} {"KIND", -14} {"STREAM", -6} {"START", 9} {"LENGTH", 8} {"HERE", -4} ATTRIBUTION";
        var start = report.GetProperty("window_start_ms").GetInt64();
        foreach (var s in segments)
            yield return $"    {Text(s, "index"), 4} {KindOf(s), -14} {Text(s, "stream"), -6} {Seconds(s.GetProperty("start_ms").GetInt64() - start), 9} {Seconds(s.GetProperty("duration_ms").GetInt64()), 8} {HereOf(s, isDestroyed), -4} {Grade(Member(s, "grade"))}";
    }

    private static string HereOf(JsonElement segment, bool isDestroyed) =>
        isDestroyed ? "gone"
        : segment.GetProperty("stored").GetBoolean() ? "yes"
        : "no";

    private static string KindOf(JsonElement segment)
    {
        var kind = segment.GetProperty("kind").GetInt32();
        return kind > 0 && kind < Kinds.Length ? Kinds[kind] : Kinds[0];
    }

    private static string Seconds(long ms) => FormattableString.Invariant($"{ms / 1000.0:0.0} s");

    private static string Text(JsonElement row, string member) => Member(row, member) ?? "-";

    private static string? Member(JsonElement row, string member) =>
        row.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
