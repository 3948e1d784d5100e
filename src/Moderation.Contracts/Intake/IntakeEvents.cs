// What intake says in the event log.
namespace Moderation.Contracts.Intake;

/// <summary>A report entered triage: its filing was accepted and its cases exist.</summary>
public sealed record ReportFiled(string ReportId, string MeetingId, int Reason, IReadOnlyList<string> CaseIds)
{
    public const string Kind = "report.filed";
}

/// <summary>Every declared segment is stored and the receipt is signed.</summary>
public sealed record ReportBytesComplete(string ReportId, string ContentId, IReadOnlyList<string> CaseIds, int Segments)
{
    public const string Kind = "report.complete";
}
