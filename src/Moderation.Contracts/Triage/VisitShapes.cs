// Shapes and log lines of announced visits to meetings that are not end-to-end encrypted.
namespace Moderation.Contracts.Triage;

/// <summary>Asks for a visit under a claim on a case of the meeting; there is no member, and no other way, for a hidden one.</summary>
/// <param name="ReasonCode">A reporter's reason code; the platform hears it.</param>
/// <param name="Reason">In words, for the second person.</param>
public sealed record VisitRequest(string CaseId, string MeetingId, string ReasonCode, string Reason);

/// <param name="State"><c>asked</c>, <c>announced</c>, <c>joined</c>, <c>closed</c>.</param>
/// <param name="End"><c>refused</c>, <c>expired</c>, <c>platform_refused</c>, <c>left</c>, <c>became_encrypted</c>.</param>
public sealed record VisitShape(
    string Id,
    string CaseId,
    string MeetingId,
    string ReasonCode,
    string Reason,
    string AskedBy,
    DateTimeOffset AskedAt,
    string State,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? JoinedAt,
    DateTimeOffset? ClosedAt,
    string? End,
    string? Note,
    string? NoteBy,
    DateTimeOffset? NoteAt
);

public sealed record VisitNote(string Text);

/// <summary>What the platform says became of a visit.</summary>
/// <param name="Outcome"><c>joined</c>, <c>refused</c>, <c>left</c>, <c>encrypted</c>.</param>
/// <param name="ParticipantsTold">Needed, and true, for <c>joined</c>.</param>
/// <param name="EndToEndEncrypted">Whether the meeting is so now.</param>
public sealed record VisitOutcomeRequest(string Outcome, bool ParticipantsTold = false, bool EndToEndEncrypted = false);

/// <summary>One step of a visit in the case's history.</summary>
/// <param name="Step"><c>asked</c>, <c>announced</c>, <c>joined</c>, <c>closed</c>, <c>noted</c>.</param>
public sealed record VisitMoved(string CaseId, string VisitId, string Step, string? End = null)
{
    public const string Kind = "visit.moved";
}
