// What the store of sealed bytes says in the event log.
namespace Moderation.Contracts.Storage;

/// <summary>Bytes that were acknowledged are gone or are not what they were; the report cannot be opened as a whole.</summary>
/// <param name="ReportId">`rpt_…`.</param>
/// <param name="Sha256">Lower-case hex of the digest under which they were stored.</param>
/// <param name="Problem">`missing` or `altered`.</param>
public sealed record EvidenceDamaged(string ReportId, string Sha256, string Problem)
{
    public const string Kind = "evidence.damaged";
}
