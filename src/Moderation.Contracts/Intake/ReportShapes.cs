// Shapes of the intake API: challenges, reports, what is missing, the receipt.
using System.Text.Json.Serialization;

namespace Moderation.Contracts.Intake;

/// <summary>Asks for a challenge; all members base64url without padding (evidence-bundle.md 14).</summary>
public sealed record ChallengeRequest(string DeviceKid, string Meeting, string Reporter);

/// <summary>A challenge and where the device's chain stands. <c>LastContentId</c> is zeros for a new device.</summary>
public sealed record ChallengeResponse(
    string Challenge,
    DateTimeOffset ExpiresAt,
    long LastCounter,
    string LastContentId,
    string RecipientKeys,
    string? KeyCheckpoint
);

/// <summary>Answer to an accepted head part. <c>ContentId</c> base64url; <c>Missing</c> the segment indices not stored yet.</summary>
public sealed record ReportAccepted(string ReportId, string ContentId, string State, IReadOnlyList<int> Missing);

/// <summary>Where a report stands: <c>uploading</c>, <c>complete</c>, <c>expired</c>, <c>withdrawn</c>.</summary>
public sealed record ReportStatus(string ReportId, string State, bool Filed, IReadOnlyList<int> Missing);

/// <summary>The signed intake receipt, base64url.</summary>
public sealed record ReportCompleted(string ReportId, string State, string Receipt);

/// <summary>The filing of triage.md 2.1: payload of a COSE_Sign1 by the device key.</summary>
/// <param name="Version">1.</param>
/// <param name="Meeting">base64url, equal to manifest key 5.</param>
/// <param name="Reporter">base64url, equal to manifest key 6.</param>
/// <param name="Subjects">0 to 50 distinct participant pseudonyms, base64url; none means the meeting itself.</param>
/// <param name="Reason">Reason code of triage.md 16.</param>
/// <param name="ContentId">base64url of the bundle's content id; null, and written as null, when there is no bundle.</param>
/// <param name="CreatedMs">Device clock, not trusted.</param>
/// <param name="Locale">BCP 47.</param>
/// <param name="MarkerMs">The moment the reporter marked, meeting clock.</param>
/// <param name="Challenge">base64url of 32 bytes; needed when there is no bundle, else absent.</param>
/// <param name="Note">At most 1,000 characters, only when there is no bundle. It is NOT sealed: the service reads it.</param>
public sealed record Filing(
    int Version,
    string Meeting,
    string Reporter,
    IReadOnlyList<string> Subjects,
    string Reason,
    string? ContentId,
    long CreatedMs,
    string Locale,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? MarkerMs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Challenge = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note = null
);

/// <summary>Answer to a filing without a bundle: the report is complete and in triage.</summary>
/// <param name="ContentId">base64url SHA-256 of the filing's payload.</param>
/// <param name="State"><c>complete</c>, or what became of it since, when the filing is repeated.</param>
/// <param name="Receipt">The signed intake receipt of evidence-bundle.md 16, base64url.</param>
public sealed record FilingAccepted(string ReportId, string ContentId, string State, string Receipt);

/// <summary>One step of a report's life.</summary>
/// <param name="Step"><c>received</c>, <c>in_triage</c>, <c>complete</c>, <c>in_review</c>, <c>decided</c>, <c>expired</c>, <c>withdrawn</c>; more may come.</param>
/// <param name="Outcome">Of <c>decided</c>: <c>action_taken</c>, <c>no_violation_found</c>, <c>could_not_verify</c>, <c>covered_before</c>.</param>
/// <param name="Text">The same in words, by language; never the measure, the clause or anything about the subject.</param>
public sealed record TimelineEntry(
    string Step,
    DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Outcome = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, string>? Text = null
);

/// <summary>One reason a reporter may pick.</summary>
public sealed record ReasonShape(string Code, int Number, string Text);
