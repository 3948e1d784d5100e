// Shapes of the queue, the case, its claim and its decision, as staff see them.
namespace Moderation.Contracts.Triage;

/// <summary>One page of a keyset list; <c>Next</c> is the cursor of the following page or null.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public sealed record QueueShape(string Id, string Name, int Open, DateTimeOffset? OldestOpenedAt);

/// <summary>One row of a queue. Severity is an estimate until a person decided.</summary>
/// <param name="Subject"><c>acct_…</c> or <c>mtg_…</c>; never the platform's own id.</param>
/// <param name="Meeting"><c>mtg_…</c> of the newest report.</param>
/// <param name="EvidenceState"><c>none</c>, <c>arriving</c>, <c>complete</c>.</param>
public sealed record CaseRow(
    string Id,
    string Reference,
    string Reason,
    string ReasonText,
    string Severity,
    bool SeverityIsEstimate,
    string Lane,
    string SubjectKind,
    string Subject,
    string? Meeting,
    DateTimeOffset OpenedAt,
    DateTimeOffset DueAt,
    int Reports,
    string? RiskBand,
    string EvidenceState,
    int SegmentsStored,
    int SegmentsDeclared,
    ClaimShape? Claim,
    string Status,
    int Version
);

/// <summary>A live claim. <c>Fence</c> goes into the header <c>Moderation-Claim: clm_…;fence=7</c> of every write under it.</summary>
/// <param name="Holder">Pseudonym.</param>
public sealed record ClaimShape(
    string Id,
    string CaseId,
    string Holder,
    bool Mine,
    int Fence,
    DateTimeOffset LeaseExpiresAt
);

public sealed record CaseDetail(
    CaseRow Row,
    IReadOnlyList<CaseReport> Reports,
    AccountSummary? Account,
    RankShape Rank,
    IReadOnlyList<HistoryLine> History,
    IReadOnlyList<DecisionShape> Decisions,
    IReadOnlyList<EnforcementShape> Enforcements
);

/// <summary>Why the case stands where it does: each term as a share of its SLA and in seconds; above 0 is earlier.</summary>
/// <param name="PlacedEarlierSeconds">The sum, held between a quarter SLA later and nine tenths earlier.</param>
public sealed record RankShape(
    double Risk,
    double Credibility,
    double Reporters,
    double Evidence,
    long RiskSeconds,
    long CredibilitySeconds,
    long ReportersSeconds,
    long EvidenceSeconds,
    long PlacedEarlierSeconds
);

/// <summary>One report in a case with its segments' descriptors in short; nothing of its content.</summary>
/// <param name="Note">What the reporter wrote in a filing without a bundle, as given and never sealed; else null.</param>
/// <param name="NewSinceDecision">It came in after the case was decided.</param>
public sealed record CaseReport(
    string Id,
    string ContentId,
    string Reason,
    DateTimeOffset FiledAt,
    string State,
    string Meeting,
    long WindowStartMs,
    long WindowEndMs,
    long? MarkerMs,
    IReadOnlyList<string> Subjects,
    IReadOnlyList<SegmentRow> Segments,
    string? Note = null,
    bool NewSinceDecision = false
);

/// <param name="Kind">Section 6.2 of evidence-bundle.md.</param>
/// <param name="Participant">base64url pseudonym, or null.</param>
/// <param name="Grade">Attribution, section 13: <c>G0</c>, or <c>not_checked</c> for attested media, whose receipt holds and whose
/// content only an opening can check.</param>
public sealed record SegmentRow(
    int Index,
    int Kind,
    string? Participant,
    long Stream,
    long StartMs,
    long DurationMs,
    int Content,
    int CiphertextLength,
    bool Stored,
    string? Grade = null
);

/// <summary>The account behind a case, with its risk as a band and reasons; never a bare number.</summary>
public sealed record AccountSummary(
    string Id,
    string ExternalId,
    DateTimeOffset FirstSeenAt,
    DateTimeOffset? RegisteredAt,
    bool Suspended,
    DateTimeOffset? SuspendedUntil,
    RiskShape? Risk
);

public sealed record RiskShape(
    string Band,
    bool ThinEvidence,
    DateTimeOffset ScoredAt,
    string? DataVersion,
    IReadOnlyList<RiskReason> Reasons,
    IReadOnlyList<string> Unknown
);

/// <param name="Multiplier">e^contribution: above 1 raises the odds, below 1 lowers them.</param>
/// <param name="MayBeWrong">How this signal can be wrong, in words.</param>
public sealed record RiskReason(
    string Code,
    string Group,
    double Multiplier,
    IReadOnlyList<string> Evidence,
    DateTimeOffset? Since,
    string MayBeWrong
);

public sealed record HistoryLine(DateTimeOffset At, string Kind, string Actor, string Text);

public sealed record ClaimRequest(string CaseId);

/// <summary>The clauses a decision may name, with the version of the policy they stand in.</summary>
/// <param name="Deviations">Codes for choosing otherwise than recommended.</param>
/// <param name="GraceSeconds">How long a decision can be undone, outside <c>imminent_harm</c>.</param>
public sealed record PolicyShape(
    string Version,
    IReadOnlyList<ClauseShape> Clauses,
    IReadOnlyList<MeasureShape> Measures,
    IReadOnlyList<MeasureShape>? Deviations = null,
    int GraceSeconds = 0
);

/// <param name="Severity">The severity this clause usually has; a decision may name another.</param>
/// <param name="Recommendations">What is recommended at each severity, S0 to S4 (triage.md 8.3).</param>
public sealed record ClauseShape(
    string Code,
    string Text,
    string Severity,
    string Lane,
    string RecommendedAction,
    int? RecommendedDays,
    IReadOnlyList<RecommendationShape> Recommendations
);

public sealed record RecommendationShape(string Severity, string Action, int? Days);

public sealed record MeasureShape(string Code, string Text);

/// <summary>
/// Decides a case under a claim; needs <c>If-Match</c>, <c>Moderation-Claim</c> and <c>Idempotency-Key</c>.
/// </summary>
/// <param name="Outcome"><c>violation</c>, <c>no_violation</c>, <c>insufficient_evidence</c>, <c>duplicate</c>, <c>out_of_scope</c>.</param>
/// <param name="Action"><c>none</c>, <c>warn</c>, <c>friction</c>, <c>suspend</c>, <c>ban</c>; other than <c>none</c> for a violation only.</param>
/// <param name="Clause">For a violation only, then needed.</param>
/// <param name="Severity"><c>S0</c> to <c>S4</c>; for a violation only, then needed.</param>
/// <param name="Measures">For friction, at least one of events.md 2.</param>
/// <param name="Scope">Friction: <c>account</c> (default), <c>device</c>, <c>network</c>. Suspend: <c>all</c> (default), <c>hosting</c>, <c>joining</c>.</param>
/// <param name="DurationSeconds">Needed for friction (60 s to 180 days) and suspend (1 to 180 days).</param>
/// <param name="Citations">At least one for friction, suspend and ban.</param>
/// <param name="Also">Besides the action: <c>end_sessions</c>, <c>refer_authority</c>, <c>file_cybertip</c>.</param>
/// <param name="DeviationCode">Needed, with a reason in words, where something else than the recommendation is chosen.</param>
/// <param name="GraceSeconds">A longer time to undo than the policy's, at most 120.</param>
/// <param name="Interim">At once, while a second look at an S0 or S1 decision is due.</param>
/// <param name="DuplicateOf">The case that decides it, for <c>duplicate</c>.</param>
public sealed record DecisionRequest(
    string CaseId,
    string Outcome,
    string Action,
    string Rationale,
    string? Clause = null,
    string? Severity = null,
    IReadOnlyList<string>? Measures = null,
    string? Scope = null,
    long? DurationSeconds = null,
    IReadOnlyList<CitationShape>? Citations = null,
    bool DecidedWithoutViewing = false,
    IReadOnlyList<string>? Also = null,
    string? DeviationCode = null,
    string? DeviationReason = null,
    int? GraceSeconds = null,
    InterimShape? Interim = null,
    string? DuplicateOf = null
);

/// <summary>Points at a segment of a report and a time in it, in seconds from the segment's start.</summary>
public sealed record CitationShape(string ReportId, int Segment, double? FromSeconds = null, double? ToSeconds = null);

/// <param name="State"><c>in_review</c>, <c>adjudication</c>, <c>grace</c>, <c>withdrawn</c>, <c>set_aside</c>, <c>released</c>, <c>overturned</c>, <c>reversed</c>, <c>superseded</c>.</param>
/// <param name="ReleaseAt">When its effects leave; until then it can be undone.</param>
/// <param name="Derivation">How the recommendation came about.</param>
/// <param name="SecondLook">Why a second person looks first; given with the answer to the decision alone.</param>
public sealed record DecisionShape(
    string Id,
    string CaseId,
    string Outcome,
    string? Clause,
    string? Severity,
    string Action,
    string RecommendedAction,
    string Rationale,
    IReadOnlyList<CitationShape> Citations,
    string DecidedBy,
    DateTimeOffset DecidedAt,
    string State = "released",
    DateTimeOffset? ReleaseAt = null,
    DateTimeOffset? ReleasedAt = null,
    IReadOnlyList<string>? Also = null,
    string? DeviationCode = null,
    string? DeviationReason = null,
    DerivationShape? Derivation = null,
    IReadOnlyList<string>? SecondLook = null
);

public sealed record EnforcementShape(
    string Id,
    string DecisionId,
    string Kind,
    string? Measure,
    string Scope,
    DateTimeOffset StartsAt,
    DateTimeOffset? Until,
    DateTimeOffset? EndedAt,
    string? End
);
