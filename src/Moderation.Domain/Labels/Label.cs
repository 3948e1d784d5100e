// A remark with meaning and an end, on an account, device or meeting: memory between events, never a decision (triage.md 4.1).
namespace Moderation.Domain.Labels;

public enum LabelSubject
{
    Account,
    Device,
    Meeting,
}

public enum LabelMeaning
{
    Good,
    Neutral,
    Bad,
}

public sealed class Label
{
    /// <summary>Of an account that takes part in decisions only with a second look.</summary>
    public const string Protected = "protected";
    public const string KnownGood = "known_good";

    public required LabelId Id { get; init; }
    public required LabelSubject SubjectKind { get; init; }

    /// <summary>`acct_…`, `mtg_…`, or a device key's id as base64url.</summary>
    public required string Subject { get; init; }

    /// <summary>Lower-case words and underscores.</summary>
    public required string Code { get; init; }
    public required LabelMeaning Meaning { get; init; }

    /// <summary>`stf_…`, or `rule:NAME@VERSION`.</summary>
    public required string SetBy { get; init; }
    public required string Reason { get; init; }
    public required DateTimeOffset StartsAt { get; init; }
    public required DateTimeOffset EndsAt { get; init; }
    public DateTimeOffset? RemovedAt { get; set; }
    public string? RemovedBy { get; set; }

    public bool CountsAt(DateTimeOffset at) => StartsAt <= at && at < EndsAt && RemovedAt is null;

    /// <summary>90 days unless said otherwise; `protected` and `known_good` may run a year.</summary>
    public static TimeSpan Longest(string code) =>
        code is Protected or KnownGood ? TimeSpan.FromDays(365) : TimeSpan.FromDays(90);
}

public static class LabelRefusals
{
    public static Refusal NotFound { get; } = new(RefusalKind.NotFound, "label.not-found", "There is no such label.");

    public static Refusal SubjectUnknown { get; } =
        new(RefusalKind.Unprocessable, "label.subject-unknown", "There is no such account, device or meeting.");

    public static Refusal EndOutOfRange(TimeSpan longest) =>
        new(
            RefusalKind.Unprocessable,
            "label.end-out-of-range",
            $"A label with this code ends in the future and within {longest.TotalDays:F0} days."
        );

    public static Refusal SeniorNeeded { get; } =
        new(RefusalKind.Forbidden, "label.senior-needed", "This label is set and removed by a senior.");
}
