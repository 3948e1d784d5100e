// The policy as data: clauses, ladder, measures and claim limits, read from the document beside this file (triage.md 19).
using System.Text.Json;
using System.Text.Json.Serialization;
using Moderation.Domain.Cases;

namespace Moderation.Features.Triage.Policy;

public sealed record PolicyDocument(
    string Version,
    ClaimLimits Claims,
    IReadOnlyDictionary<Severity, int> Points,
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

    /// <summary>
    /// The recommended step: `min(clause.max, max(clause.min, ladder(points)))` with the points of this decision alone
    /// (triage.md 8.3).
    /// </summary>
    public LadderStep Recommend(Clause clause, Severity severity)
    {
        var byPoints = LastIndexOf(step => step.FromPoints <= Points[severity]);
        var least = LastIndexOf(step => step.Step == clause.AtLeast);
        var most = LastIndexOf(step => step.Step == clause.AtMost);
        return Ladder[Math.Min(most, Math.Max(least, byPoints))];
    }

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
