// Shapes of recommendations, undo, second looks, appeals, strikes and labels, as staff and platform see them.
namespace Moderation.Contracts.Triage;

/// <summary>How a recommendation came about: active points and this decision's, the step they reach, the clause's limits.</summary>
/// <param name="Ladder">Step that the points alone reach.</param>
/// <param name="FirstOffence">One step less: no points yet, and enough clean meetings.</param>
public sealed record DerivationShape(
    string Step,
    string Action,
    int? Days,
    int ActivePoints,
    int Points,
    int Total,
    string Ladder,
    string AtLeast,
    string AtMost,
    bool FirstOffence,
    int CleanMeetings
);

/// <summary>A measure at once, while a second look at an S0 or S1 decision is due; it lapses by itself.</summary>
/// <param name="Action"><c>suspend</c> or <c>end_sessions</c>.</param>
/// <param name="DurationSeconds">For <c>suspend</c>: at most 72 hours.</param>
public sealed record InterimShape(string Action, long? DurationSeconds = null);

/// <summary>A decision taken back, and the claim that came back with it; null when it has ended since.</summary>
public sealed record UndoneShape(DecisionShape Decision, ClaimShape? Claim);

/// <summary>A piece of work for a second person.</summary>
/// <param name="Kind"><c>second_look</c>, <c>adjudication</c>, <c>knock_on</c>, <c>reversal</c>.</param>
/// <param name="State"><c>waiting</c>, <c>in_progress</c>, <c>agreed</c>, <c>differs</c>, <c>settled</c>, <c>void</c>.</param>
/// <param name="WhyNot">Code of the refusal that a claim by the caller would meet; null when it may be claimed.</param>
public sealed record ReviewRow(
    string Id,
    string Kind,
    string CaseId,
    string Reference,
    string Lane,
    string Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    bool Overdue,
    string State,
    string? WhyNot
);

/// <summary>One of two decisions side by side.</summary>
/// <param name="Label"><c>a</c> or <c>b</c>, in an order drawn by lot.</param>
public sealed record OpinionShape(
    string Label,
    string Outcome,
    string? Clause,
    string? Severity,
    string Action,
    IReadOnlyList<string> Measures,
    string? Scope,
    long? DurationSeconds,
    IReadOnlyList<string> Also,
    string Rationale,
    IReadOnlyList<CitationShape> Citations
);

/// <param name="Opinions">Both, once the caller has handed in their own or rules between them; else empty.</param>
/// <param name="Ruling"><c>a</c>, <c>b</c> or <c>third</c>, once settled.</param>
public sealed record ReviewDetail(
    ReviewRow Review,
    IReadOnlyList<OpinionShape> Opinions,
    string? Ruling = null,
    string? RulingReason = null
);

/// <summary>Rules where two differ; needs <c>Moderation-Claim</c> and <c>Idempotency-Key</c>.</summary>
/// <param name="Ruling"><c>a</c>, <c>b</c> or <c>third</c>.</param>
/// <param name="Decision">For <c>third</c> only, then needed.</param>
public sealed record RulingRequest(string Ruling, string Reason, DecisionRequest? Decision = null);

public sealed record StrikeShape(
    string Id,
    string DecisionId,
    string Family,
    string Severity,
    int Points,
    DateTimeOffset StartsAt,
    DateTimeOffset? ExpiresAt,
    string State,
    DateTimeOffset? EndedAt
);

/// <summary>The platform files an appeal for the restricted person, or for the reporter where the policy lets them.</summary>
/// <param name="AccountId">The platform's own id of the appellant.</param>
/// <param name="Side"><c>subject</c> or <c>reporter</c>.</param>
/// <param name="NewMaterial">What was not known before; needed for a second appeal.</param>
public sealed record AppealRequest(
    string DecisionId,
    string AccountId,
    string Statement,
    string Side = "subject",
    string? NewMaterial = null
);

/// <summary>What the platform hears of an appeal: its state, and the question or the outcome when there is one.</summary>
/// <param name="State"><c>waiting</c>, <c>in_progress</c>, <c>awaiting_appellant</c>, <c>decided</c>, <c>withdrawn</c>.</param>
/// <param name="Outcome"><c>upheld</c>, <c>overturned</c>, <c>modified</c>, with its release; null before.</param>
public sealed record AppealReceipt(
    string Id,
    string DecisionId,
    string Side,
    string State,
    DateTimeOffset FiledAt,
    DateTimeOffset DueAt,
    string? Question,
    DateTimeOffset? AnswerUntil,
    string? Outcome
);

/// <param name="AccountId">The platform's own id of the appellant.</param>
public sealed record AppealAnswer(string AccountId, string Text);

/// <param name="AccountId">The platform's own id of the appellant.</param>
public sealed record AppealWithdrawal(string AccountId);

/// <param name="WhyNot">Code of the refusal that a claim by the caller would meet; null when it may be claimed.</param>
public sealed record AppealRow(
    string Id,
    string CaseId,
    string Reference,
    string Lane,
    string Side,
    DateTimeOffset FiledAt,
    DateTimeOffset DueAt,
    string State,
    string? WhyNot
);

/// <param name="EvidenceGone">Evidence the decision cites is destroyed: it is decided on the record, and doubt favours the appellant.</param>
/// <param name="PolicyToday">The version in force now; the decision names its own.</param>
public sealed record AppealDetail(
    AppealRow Appeal,
    DecisionShape? Decision,
    string Statement,
    string? NewMaterial,
    string? Question,
    string? Answer,
    string? Outcome,
    string? Reasons,
    bool EvidenceGone,
    string PolicyToday,
    ReversalPreview? Reversal
);

/// <summary>What overturning would do.</summary>
public sealed record ReversalPreview(int Enforcements, int Strikes, int KnockOns);

/// <param name="Reason">In words; needed.</param>
public sealed record ReversalRequest(string? Reason);

/// <param name="State"><c>asked</c>: a second senior has to ask for the same; <c>reversed</c>.</param>
public sealed record ReversalShape(string DecisionId, string State);

public sealed record AppealQuestion(string Question, DateTimeOffset Until);

/// <param name="Outcome"><c>upheld</c>, <c>overturned</c>, <c>modified</c>.</param>
/// <param name="Decision">For <c>modified</c> only, then needed.</param>
public sealed record AppealDecisionRequest(string Outcome, string Reasons, DecisionRequest? Decision = null);

/// <param name="SubjectKind"><c>account</c>, <c>device</c>, <c>meeting</c>.</param>
/// <param name="Subject"><c>acct_…</c>, <c>mtg_…</c>, or the key id of a device as base64url.</param>
/// <param name="Meaning"><c>good</c>, <c>neutral</c>, <c>bad</c>.</param>
/// <param name="EndsAt">Within 90 days; <c>protected</c> and <c>known_good</c> within a year.</param>
public sealed record LabelRequest(
    string SubjectKind,
    string Subject,
    string Code,
    string Meaning,
    string Reason,
    DateTimeOffset EndsAt
);

/// <param name="SetBy">Pseudonym, or the rule with its version.</param>
/// <param name="Counts">Whether it counts now.</param>
public sealed record LabelShape(
    string Id,
    string SubjectKind,
    string Subject,
    string Code,
    string Meaning,
    string Reason,
    string SetBy,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    DateTimeOffset? RemovedAt,
    bool Counts
);
