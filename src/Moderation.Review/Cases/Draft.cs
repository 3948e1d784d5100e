// A decision while it is being made; kept per case until it is submitted, whatever dialog or page closes in between.
using Moderation.Contracts.Triage;
using Moderation.Review.Wire;

namespace Moderation.Review.Cases;

public sealed class Draft(string caseId)
{
    public string CaseId { get; } = caseId;
    public string Outcome { get; set; } = "";
    public string Clause { get; set; } = "";
    public string Severity { get; set; } = "";
    public string Action { get; set; } = "";
    public HashSet<string> Measures { get; } = [];
    public string Scope { get; set; } = "";
    public long Amount { get; set; } = 7;
    public string Unit { get; set; } = "d";
    public List<CitationShape> Citations { get; } = [];
    public string Rationale { get; set; } = "";
    public string DeviationCode { get; set; } = "";
    public string DeviationReason { get; set; } = "";
    public bool EvidenceOpened { get; set; }
    public bool WithoutViewing { get; set; }

    /// <summary>Stays the same until the content changes, so that a repeated send decides once.</summary>
    public string IdempotencyKey { get; private set; } = Api.NewIdempotencyKey();

    public long DurationSeconds =>
        Amount
        * Unit switch
        {
            "min" => 60,
            "h" => 3600,
            _ => 86400,
        };

    public bool IsViolation => Outcome == "violation";

    public bool Takes(string part) =>
        part switch
        {
            "duration" => IsViolation && Action is "friction" or "suspend",
            "measures" => IsViolation && Action == "friction",
            _ => false,
        };

    public void Touch() => IdempotencyKey = Api.NewIdempotencyKey();

    public void Choose(ClauseShape clause)
    {
        Clause = clause.Code;
        Severity = clause.Severity;
        Recommend(clause);
    }

    /// <summary>Takes over what is recommended for the clause at the chosen severity.</summary>
    public void Recommend(ClauseShape clause)
    {
        var (action, days) = Recommended(clause);
        Action = action;
        Scope = DefaultScope(action);
        if (days is { } d)
            (Amount, Unit) = (d, "d");
        if (action == "friction" && Measures.Count == 0)
            Measures.Add("waiting_room_only");
    }

    public (string Action, int? Days) Recommended(ClauseShape clause) =>
        clause.Recommendations.FirstOrDefault(r => r.Severity == Severity) is { } at
            ? (at.Action, at.Days)
            : (clause.RecommendedAction, clause.RecommendedDays);

    /// <summary>Whether something else is chosen than recommended; the server, which knows earlier points, has the last word.</summary>
    public bool Deviates(ClauseShape clause)
    {
        var (action, days) = Recommended(clause);
        return Action != action || (Takes("duration") && DurationSeconds != days * 86400L);
    }

    public static string DefaultScope(string action) =>
        action switch
        {
            "friction" => "account",
            "suspend" => "all",
            _ => "",
        };

    public DecisionRequest ToRequest() =>
        new(
            CaseId,
            Outcome,
            IsViolation ? Action : "none",
            Rationale.Trim(),
            IsViolation ? Clause : null,
            IsViolation ? Severity : null,
            Takes("measures") ? [.. Measures] : null,
            Takes("duration") ? Scope : null,
            Takes("duration") ? DurationSeconds : null,
            Citations.Count == 0 ? null : Citations,
            !EvidenceOpened && WithoutViewing,
            DeviationCode: IsViolation && DeviationCode.Length > 0 ? DeviationCode : null,
            DeviationReason: IsViolation && DeviationReason.Length > 0 ? DeviationReason.Trim() : null
        );
}

/// <summary>The drafts of this tab, by case.</summary>
public sealed class Drafts
{
    private readonly Dictionary<string, Draft> drafts = [];

    public Draft Of(string caseId)
    {
        if (!drafts.TryGetValue(caseId, out var draft))
            drafts[caseId] = draft = new Draft(caseId);
        return draft;
    }

    public void Drop(string caseId) => drafts.Remove(caseId);

    public void DropAll() => drafts.Clear();
}
