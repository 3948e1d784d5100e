// What openings of evidence say in the event log.
namespace Moderation.Contracts.Opening;

/// <summary>The vault released segment keys to one browser, after its own log entry.</summary>
/// <param name="GrantId">Hex, 16 bytes.</param>
/// <param name="Purpose">Purpose number of evidence-bundle.md 19.1.</param>
public sealed record SegmentsOpened(
    string ReportId,
    string CaseId,
    string GrantId,
    int Purpose,
    IReadOnlyList<int> Segments
)
{
    public const string Kind = "evidence.opened";
}

/// <summary>An opening was asked for and refused, with the code of the rule.</summary>
public sealed record OpeningRefused(string ReportId, string? CaseId, string Code)
{
    public const string Kind = "evidence.opening-refused";
}
