// One line of a case's custody record: who did what to which evidence, chained to the line before it (case-package.md 4).
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;

namespace Moderation.Domain.Legal;

/// <summary>What was touched: an exhibit, the package path (null outside a package), and the digest of the bytes.</summary>
public sealed record CustodyItem(string Exhibit, string? Path, string Sha256);

/// <summary>What happened, before it has its place in the chain; members as in case-package.md 4.1.</summary>
public sealed record CustodyAct
{
    public required Guid Entry { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Action { get; init; }

    /// <summary>`ROLE:8 hex`, `system:COMPONENT` or `reporter`; never a name.</summary>
    public required string Actor { get; init; }
    public required string ActorRole { get; init; }
    public required string Authority { get; init; }

    /// <summary>A code, no free text.</summary>
    public required string Reason { get; init; }
    public required IReadOnlyList<CustodyItem> Evidence { get; init; }
    public string? From { get; init; }
    public string? To { get; init; }
    public string? Method { get; init; }
    public string? Grant { get; init; }
    public required string Tool { get; init; }
}

public sealed class CustodyLine
{
    public const string NoLink = "0000000000000000000000000000000000000000000000000000000000000000";

    public required CaseId CaseId { get; init; }
    public required int Seq { get; init; }

    /// <summary>Link value of the line before; 64 zeros for the first. Lower-case hex.</summary>
    public required string Prev { get; init; }

    /// <summary>SHA-256 of <see cref="Text"/> in UTF-8, lower-case hex (CP-13).</summary>
    public required string Link { get; init; }

    /// <summary>The JCS text without LF; what is signed and exported is exactly this.</summary>
    public required string Text { get; init; }
    public required string Action { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The report that came in with this line, when it is the line of its receipt.</summary>
    public ReportId? ReportId { get; init; }

    /// <summary>The number that report has in this case, such as `E0001`.</summary>
    public string? Exhibit { get; init; }

    /// <summary>The next line of a case.</summary>
    /// <param name="last">The last line so far, or null.</param>
    public static CustodyLine After(
        CustodyLine? last,
        CaseId caseId,
        string reference,
        CustodyAct act,
        ReportId? report = null,
        string? exhibit = null
    )
    {
        // Events reach the record out of order at times; the record itself never goes back (4.1).
        var at = Milliseconds(last is not null && last.At > act.At ? last.At : act.At);
        var seq = (last?.Seq ?? 0) + 1;
        var prev = last?.Link ?? NoLink;
        var text = Jcs.Write(Members(act, reference, seq, prev, at));
        return new CustodyLine
        {
            CaseId = caseId,
            Seq = seq,
            Prev = prev,
            Link = LinkOf(text),
            Text = text,
            Action = act.Action,
            At = at,
            ReportId = report,
            Exhibit = exhibit,
        };
    }

    public static string LinkOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>RFC 3339 UTC with three fraction digits (CP-12).</summary>
    public static string TimeText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>What the line becomes in a package that does not release what it tells of (CP-14).</summary>
    public string Stub() =>
        Jcs.Write(
            new JsonObject
            {
                ["v"] = 1,
                ["seq"] = Seq,
                ["prev"] = Prev,
                ["hash"] = Link,
                ["redacted"] = "not_in_scope",
            }
        );

    /// <summary>True when everything the line touches is among these digests.</summary>
    public bool TouchesOnly(IReadOnlySet<string> digests) =>
        JsonNode.Parse(Text)!["evidence"]!.AsArray().All(item => digests.Contains((string)item!["sha256"]!));

    private static JsonObject Members(CustodyAct act, string reference, int seq, string prev, DateTimeOffset at) =>
        new()
        {
            ["v"] = 1,
            ["seq"] = seq,
            ["prev"] = prev,
            ["entry"] = act.Entry.ToString(),
            ["case"] = reference,
            ["at"] = TimeText(at),
            ["action"] = act.Action,
            ["actor"] = act.Actor,
            ["actor_role"] = act.ActorRole,
            ["authority"] = act.Authority,
            ["reason"] = act.Reason,
            ["evidence"] = new JsonArray([
                .. act
                    .Evidence.OrderBy(e => e.Path, StringComparer.Ordinal)
                    .ThenBy(e => e.Exhibit, StringComparer.Ordinal)
                    .ThenBy(e => e.Sha256, StringComparer.Ordinal)
                    .Select(e => new JsonObject
                    {
                        ["id"] = e.Exhibit,
                        ["path"] = e.Path,
                        ["sha256"] = e.Sha256,
                    }),
            ]),
            ["from"] = act.From,
            ["to"] = act.To,
            ["method"] = act.Method,
            ["grant"] = act.Grant,
            ["changed"] = false,
            ["change_reason"] = null,
            ["tool"] = act.Tool,
        };

    private static DateTimeOffset Milliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
