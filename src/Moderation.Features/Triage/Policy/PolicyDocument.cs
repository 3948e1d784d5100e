// The policy as data: clauses, ladder, measures and claim limits, read from the document beside this file (triage.md 19).
using System.Text.Json;
using System.Text.Json.Serialization;
using Moderation.Domain.Cases;

namespace Moderation.Features.Triage.Policy;

public sealed record PolicyDocument(
    string Version,
    ClaimLimits Claims,
    IReadOnlyDictionary<Severity, int> Points,
    IReadOnlyDictionary<Severity, int?> StrikeDays,
    FirstOffence FirstOffence,
    GracePolicy Grace,
    ReviewPolicy Reviews,
    AppealPolicy Appeals,
    IReadOnlyList<Measure> Deviations,
    IReadOnlyList<LadderStep> Ladder,
    IReadOnlyList<Measure> Measures,
    IReadOnlyList<Clause> Clauses
)
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The version in force.</summary>
    public static PolicyDocument InForce { get; } = Load();

    public Clause? ClauseOf(string code) => Clauses.FirstOrDefault(c => c.Code == code);

    public bool KnowsMeasure(string code) => Measures.Any(m => m.Code == code);

    public bool KnowsDeviation(string code) => Deviations.Any(d => d.Code == code);

    /// <summary>The step recommended for an account without any points.</summary>
    public LadderStep Recommend(Clause clause, Severity severity) => Recommend(clause, severity, 0, 0).Step;

    /// <summary>
    /// The recommended step: `min(clause.max, max(clause.min, ladder(points)))`, and how it came about (triage.md 8.3).
    /// </summary>
    /// <param name="active">Points of the account that count now, without this decision's.</param>
    /// <param name="cleanMeetings">Meetings of the account that nobody reported it for.</param>
    public Recommendation Recommend(Clause clause, Severity severity, int active, int cleanMeetings)
    {
        var points = active + Points[severity];
        var byPoints = LastIndexOf(step => step.FromPoints <= points);
        var first =
            active == 0 && FirstOffence.Severities.Contains(severity) && cleanMeetings >= FirstOffence.CleanMeetings;
        var reached = first ? Math.Max(0, byPoints - 1) : byPoints;
        // S0 alone stands for a ban, whatever the ladder says; the clause's own limits still hold.
        if (severity == Severity.S0)
            reached = Ladder.Count - 1;
        var least = LastIndexOf(step => step.Step == clause.AtLeast);
        var most = LastIndexOf(step => step.Step == clause.AtMost);
        return new Recommendation(
            Ladder[Math.Min(most, Math.Max(least, reached))],
            active,
            Points[severity],
            points,
            Ladder[byPoints].Step,
            clause.AtLeast,
            clause.AtMost,
            first,
            cleanMeetings
        );
    }

    /// <summary>The step of the ladder on which an action and its length lie; a suspension longer than any step lies on the ban's.</summary>
    public int IndexOf(string action, long? seconds)
    {
        if (action != "suspend")
            return Ladder.Select((step, i) => (step, i)).First(s => s.step.Action == action).i;
        var found = Ladder
            .Select((step, i) => (step, i))
            .FirstOrDefault(s => s.step is { Action: "suspend", Days: { } days } && days * 86_400L >= seconds);
        return found.step is null ? Ladder.Count - 1 : found.i;
    }

    public int IndexOf(LadderStep step) => LastIndexOf(s => s.Step == step.Step);

    public static PolicyDocument Parse(ReadOnlySpan<byte> json)
    {
        var policy =
            JsonSerializer.Deserialize<PolicyDocument>(json, Form)
            ?? throw new InvalidDataException("The policy document is empty.");
        policy.Check();
        return policy;
    }

    private static PolicyDocument Load()
    {
        const string Name = "Moderation.Features.Triage.Policy.policy.json";
        using var stream =
            typeof(PolicyDocument).Assembly.GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException($"{Name} is not embedded.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Parse(bytes.ToArray());
    }

    private int LastIndexOf(Func<LadderStep, bool> which)
    {
        for (var i = Ladder.Count - 1; i >= 0; i--)
        {
            if (which(Ladder[i]))
                return i;
        }
        return -1;
    }

    // What the types cannot say: codes are unique, and every clause stands on steps that exist, least before most.
    private void Check()
    {
        Once(Clauses.Select(c => c.Code));
        Once(Measures.Select(m => m.Code));
        Once(Ladder.Select(s => s.Step));
        Once(Deviations.Select(d => d.Code));
        foreach (var severity in Enum.GetValues<Severity>().Where(s => !StrikeDays.ContainsKey(s)))
            throw new InvalidDataException($"The policy does not say how long a strike of {severity} counts.");
        if (Ladder is not [{ Action: "none", FromPoints: 0 }, .., { Action: "ban" }])
            throw new InvalidDataException("The ladder begins with none at 0 points and ends with a ban.");
        foreach (var severity in Enum.GetValues<Severity>().Where(s => !Points.ContainsKey(s)))
            throw new InvalidDataException($"The policy gives no points to {severity}.");
        foreach (var clause in Clauses)
        {
            var least = LastIndexOf(step => step.Step == clause.AtLeast);
            var most = LastIndexOf(step => step.Step == clause.AtMost);
            if (least < 0 || most < least)
                throw new InvalidDataException($"The ladder limits of {clause.Code} are not steps in order.");
        }
    }

    private static void Once(IEnumerable<string> codes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var code in codes.Where(code => !seen.Add(code)))
            throw new InvalidDataException($"The policy names {code} twice.");
    }
}

/// <summary>Lease, longest holding and claims a person may hold at once (triage.md 6.2).</summary>
public sealed record ClaimLimits(int LeaseSeconds, int LongestSeconds, int LivePerPerson);

/// <summary>One step of the ladder, taken from so many points on.</summary>
public sealed record LadderStep(string Step, int FromPoints, string Action, int? Days);

/// <summary>Who gets one step less: these severities, with no points yet and so many clean meetings (triage.md 8.3).</summary>
public sealed record FirstOffence(IReadOnlyList<Severity> Severities, int CleanMeetings);

/// <summary>The time to undo (triage.md 8.4).</summary>
public sealed record GracePolicy(int Seconds, int ImminentHarmSeconds, int LongestSeconds);

/// <param name="GraveDueSeconds">For S0 and S1.</param>
/// <param name="SampleRate">Share of released decisions that is drawn for a second look.</param>
/// <param name="SampleFirst">So many first decisions of a person are all looked at.</param>
public sealed record ReviewPolicy(int DueSeconds, int GraveDueSeconds, double SampleRate, int SampleFirst);

/// <param name="WindowDays">At least six calendar months (DSA Art. 20(1)).</param>
/// <param name="ReporterMay">Whether whoever filed the report may challenge `no_violation`.</param>
public sealed record AppealPolicy(int WindowDays, int DueHours, int GraveDueHours, bool ReporterMay);

/// <param name="Ladder">Step that the points alone reach, before first offence and clause limits.</param>
public sealed record Recommendation(
    LadderStep Step,
    int ActivePoints,
    int Points,
    int Total,
    string Ladder,
    string AtLeast,
    string AtMost,
    bool FirstOffence,
    int CleanMeetings
);

public sealed record Measure(string Code, string Text);

/// <param name="AtLeast">Lowest step that may be recommended.</param>
/// <param name="AtMost">Highest step that may be recommended.</param>
public sealed record Clause(
    string Code,
    string Text,
    Severity Severity,
    Lane Lane,
    string AtLeast,
    string AtMost,
    string DsaCategory,
    string? DsaKeyword
);
