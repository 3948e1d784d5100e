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

/// <summary>An upload was not finished within 24 hours: its segments are gone, its manifest and filing stay.</summary>
public sealed record ReportExpired(string ReportId, IReadOnlyList<string> CaseIds)
{
    public const string Kind = "report.expired";
}

/// <summary>Its reporter took a report back before anybody had claimed a case of it; its ciphertext is destroyed.</summary>
public sealed record ReportWithdrawn(string ReportId, IReadOnlyList<string> CaseIds)
{
    public const string Kind = "report.withdrawn";
}

/// <summary>A validly signed manifest broke the device's counter or chain: its key was copied or its state restored.</summary>
/// <param name="Kid">base64url thumbprint of the device key.</param>
/// <param name="Code">The rule that was broken, of evidence-bundle.md 25.</param>
public sealed record DeviceFrozen(string AccountId, string Kid, string Code)
{
    public const string Kind = "device.frozen";
}
