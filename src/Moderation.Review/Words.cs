// Turns the codes of the API into words; a code that is not known here is shown as it came.
using Moderation.Contracts.Triage;
using Moderation.Review.Shell;

namespace Moderation.Review;

public static class Words
{
    public static string Severity(string code) =>
        code switch
        {
            "S0" => "Critical",
            "S1" => "Severe",
            "S2" => "Serious",
            "S3" => "Moderate",
            "S4" => "Minor",
            _ => code,
        };

    /// <summary>What a reporter picked (triage.md 16).</summary>
    public static string Reason(string code) =>
        code switch
        {
            "danger" => "Someone is in danger",
            "child" => "A child is involved",
            "sexual" => "Sexual content or behaviour",
            "harassment" => "Harassment",
            "violence" => "Threats or violence",
            "hate" => "Hate",
            "self_harm" => "Self-harm",
            "intrusion" => "Uninvited intruder, disruption",
            "scam" => "Scam or false identity",
            "privacy" => "Recording or private information",
            "spam" => "Spam",
            "other" => "Something else",
            _ => code,
        };

    public static string Lane(string code) =>
        code switch
        {
            "general" => "General",
            "imminent_harm" => "Imminent harm",
            "child_safety" => "Child safety",
            _ => code,
        };

    public static string Band(string? code) =>
        code switch
        {
            null or "" => "Not scored",
            "none" => "No risk seen",
            "low" => "Low risk",
            "medium" => "Medium risk",
            "high" => "High risk",
            "critical" => "Critical risk",
            _ => code,
        };

    public static string Role(string code) => code.Length == 0 ? code : char.ToUpperInvariant(code[0]) + code[1..];

    public static string Outcome(string code) =>
        code switch
        {
            "violation" => "Violation",
            "no_violation" => "No violation",
            "insufficient_evidence" => "Insufficient evidence",
            "duplicate" => "Duplicate",
            "out_of_scope" => "Out of scope",
            _ => code,
        };

    public static string OutcomeHint(string code) =>
        code switch
        {
            "violation" => "A clause of the policy was broken.",
            "no_violation" => "Looked at; nothing was broken.",
            "insufficient_evidence" => "Cannot tell: gaps, unverifiable or unplayable.",
            "out_of_scope" => "Not ours to decide.",
            _ => "",
        };

    public static string Action(string code) =>
        code switch
        {
            "none" => "No action",
            "warn" => "Warning",
            "friction" => "Friction",
            "suspend" => "Suspension",
            "ban" => "Ban",
            _ => code,
        };

    public static string ActionHint(string code) =>
        code switch
        {
            "none" => "Recorded; the platform hears nothing.",
            "warn" => "The account gets a text; nothing is restricted.",
            "friction" => "Chosen measures for a time; the account stays usable.",
            "suspend" => "The account is locked out and comes back by itself at the end.",
            "ban" => "The account is locked out until further notice; a second person looks first.",
            _ => "",
        };

    /// <summary>The event the platform receives for an action, or null for none (events.md 3).</summary>
    public static string? EventOf(string action) =>
        action switch
        {
            "warn" => "enforcement.account.warned",
            "friction" => "enforcement.friction.applied",
            "suspend" or "ban" => "enforcement.account.suspended",
            _ => null,
        };

    public static string Measure(string code) =>
        code switch
        {
            "reverify_identity" => "Verify identity again",
            "delayed_join" => "Wait before joining",
            "waiting_room_only" => "Waiting room only",
            "no_screen_share" => "No screen sharing",
            "no_chat" => "No chat",
            "no_recording" => "No recording",
            "meeting_size_limit" => "Smaller meetings",
            "no_hosting" => "No hosting",
            "join_challenge" => "Challenge when joining",
            "rate_limit_joins" => "Fewer joins per hour",
            _ => code,
        };

    public static string Scope(string code) =>
        code switch
        {
            "account" => "Account",
            "device" => "Device",
            "network" => "Network",
            "all" => "Everything",
            "hosting" => "Hosting",
            "joining" => "Joining",
            _ => code,
        };

    public static string Enforcement(EnforcementShape e)
    {
        var kind = e.Kind == "suspension" ? "suspend" : e.Kind;
        var what = e.Measure is { } measure ? $"{Action(kind)}: {Measure(measure)}" : Action(kind);
        return $"{what} · {Scope(e.Scope).ToLowerInvariant()}";
    }

    public static string EnforcementEnd(string? code) =>
        code switch
        {
            "expired" => "ended by itself",
            "appeal" => "lifted on appeal",
            "review" => "lifted on review",
            "superseded" => "replaced by a later one",
            null => "ended",
            _ => code,
        };

    public static string Evidence(CaseRow row) =>
        row.EvidenceState switch
        {
            "expired" => "Upload expired",
            "withdrawn" => "Withdrawn",
            "destroyed" => "Evidence destroyed",
            "verification_failed" => "Verification failed",
            _ when row.SegmentsDeclared == 0 => Texts.NoEvidence,
            _ when row.SegmentsStored < row.SegmentsDeclared => Texts.Arriving(
                row.SegmentsStored,
                row.SegmentsDeclared
            ),
            _ => Texts.Sealed(row.SegmentsDeclared),
        };

    /// <summary>The same in as few words as a column has room for.</summary>
    public static string EvidenceShort(CaseRow row) =>
        row.SegmentsDeclared > 0 && !EvidenceArriving(row) && row.EvidenceState == "complete"
            ? $"{row.SegmentsDeclared} sealed"
            : Evidence(row);

    /// <summary><c>acct_01kapd9v…2jx7hp</c> → <c>acct_…2jx7hp</c>: ids begin with the time, their end tells them apart.</summary>
    public static string ShortId(string id)
    {
        var mark = id.IndexOf('_', StringComparison.Ordinal) + 1;
        return id.Length - mark <= 8 ? id : $"{id[..mark]}…{id[^6..]}";
    }

    public static bool EvidenceArriving(CaseRow row) =>
        row.EvidenceState is not ("expired" or "withdrawn" or "destroyed") && row.SegmentsStored < row.SegmentsDeclared;

    public static string Kind(int kind) =>
        kind switch
        {
            1 => "Attested media",
            2 => "Media",
            3 => "Chat",
            4 => "Screenshot",
            5 => "Note",
            6 => "Roster",
            7 => "Gap",
            _ => $"Kind {kind}",
        };

    public static string Gap(int content) =>
        content switch
        {
            64 => "evicted for space",
            65 => "never received",
            66 => "taken out by the reporter",
            67 => "camera or microphone off",
            68 => "client suspended",
            _ => "other reason",
        };

    /// <summary>How much a reason moves the odds, in words; the number stands beside it, never alone.</summary>
    public static string Multiplier(double m) =>
        m >= 8 ? "Very strongly raises the odds"
        : m >= 4 ? "Strongly raises the odds"
        : m >= 2 ? "Raises the odds"
        : m >= 1.1 ? "Slightly raises the odds"
        : m > 0.9 ? "Hardly changes the odds"
        : m > 0.5 ? "Slightly lowers the odds"
        : m > 0.25 ? "Lowers the odds"
        : "Strongly lowers the odds";

    public static string Duration(long seconds)
    {
        var span = TimeSpan.FromSeconds(seconds);
        return span.TotalDays >= 1 && span.Hours == 0 && span.Minutes == 0
            ? span.TotalDays == 1
                ? "1 day"
                : $"{(int)span.TotalDays} days"
            : Zone.Span(span);
    }

    public static string Tone(string? band) =>
        band switch
        {
            "critical" => "s0",
            "high" => "s1",
            "medium" => "s2",
            "low" => "s3",
            _ => "s4",
        };

    public static string Initials(string pseudonym)
    {
        var letters = pseudonym.Where(char.IsLetterOrDigit).ToArray();
        return new string(letters, 0, Math.Min(2, letters.Length)).ToUpperInvariant();
    }
}
