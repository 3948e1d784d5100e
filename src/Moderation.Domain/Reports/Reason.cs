// What a reporter can pick: code, number, lane and the severity it suggests (triage.md 16).
using Moderation.Domain.Cases;

namespace Moderation.Domain.Reports;

public sealed record Reason(string Code, int Number, Lane Lane, Severity Estimate, string Text)
{
    public static IReadOnlyList<Reason> All { get; } =
    [
        new("danger", 1, Lane.ImminentHarm, Severity.S0, "Someone is in danger"),
        new("child", 2, Lane.ChildSafety, Severity.S0, "A child is involved"),
        new("sexual", 3, Lane.General, Severity.S2, "Sexual content or behaviour"),
        new("harassment", 4, Lane.General, Severity.S2, "Harassment"),
        new("violence", 5, Lane.General, Severity.S1, "Threats or violence"),
        new("hate", 6, Lane.General, Severity.S2, "Hate"),
        new("self_harm", 7, Lane.ImminentHarm, Severity.S0, "Self-harm"),
        new("intrusion", 8, Lane.General, Severity.S3, "Uninvited intruder, disruption"),
        new("scam", 9, Lane.General, Severity.S3, "Scam or false identity"),
        new("privacy", 10, Lane.General, Severity.S3, "Recording or private information"),
        new("spam", 11, Lane.General, Severity.S4, "Spam"),
        new("other", 12, Lane.General, Severity.S4, "Something else"),
    ];

    public static Reason? ByNumber(long number) => All.FirstOrDefault(r => r.Number == number);

    public static Reason? ByCode(string code) => All.FirstOrDefault(r => r.Code == code);
}
