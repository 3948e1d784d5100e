// Judges a decision by itself: do outcome, clause, severity, action and its parameters belong together (triage.md 8)?
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Triage;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Enforcements;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

/// <summary>How short a suspension may be; the policy says a day, a test says a second.</summary>
public sealed record DecisionLimits(TimeSpan LeastSuspension)
{
    public static TimeSpan Most { get; } = TimeSpan.FromDays(180);
    private static readonly TimeSpan _leastFriction = TimeSpan.FromSeconds(60);

    public TimeSpan LeastFriction => LeastSuspension < _leastFriction ? LeastSuspension : _leastFriction;

    /// <summary>An interim measure while a second look is due (triage.md 8.4).</summary>
    public static TimeSpan LongestInterim { get; } = TimeSpan.FromHours(72);

    public static DecisionLimits From(IConfiguration configuration) =>
        new(TimeSpan.FromSeconds(configuration.GetValue("Policy:MinimumSuspensionSeconds", 86_400)));
}

/// <summary>What a request comes to once its parts fit together.</summary>
public sealed record JudgedDecision(
    DecisionOutcome Outcome,
    Clause? Clause,
    Severity? Severity,
    Sanction? Sanction,
    IReadOnlyList<string> Also
)
{
    /// <summary>Anything above a warning is cited (triage.md 8.1).</summary>
    public bool NeedsCitation => Sanction is Sanction.Friction or Sanction.Suspension || Also.Count > 0;

    public TimeSpan? Length =>
        Sanction switch
        {
            Sanction.Friction f => f.Length,
            Sanction.Suspension s => s.Length,
            _ => null,
        };
}

public sealed class DecisionRules(PolicyDocument policy, DecisionLimits limits)
{
    private static readonly string[] _frictionScopes = ["account", "device", "network"];
    private static readonly string[] _suspensionScopes = ["all", "hosting", "joining"];

    public static string[] Actions { get; } = ["none", "warn", "friction", "suspend", "ban"];

    /// <summary>What may be done besides the action (triage.md 8.2).</summary>
    public static string[] Besides { get; } = ["end_sessions", "refer_authority", "file_cybertip"];

    public Outcome<JudgedDecision> Judge(DecisionRequest request)
    {
        if (!Words.TryRead<DecisionOutcome>(request.Outcome, out var outcome))
            throw new InvalidOperationException("The validator let an unknown outcome pass.");
        if (outcome != DecisionOutcome.Violation)
        {
            return
                request is { Clause: null, Severity: null, Action: "none", Also: null or { Count: 0 } }
                && HasNoParameters(request)
                ? new JudgedDecision(outcome, null, null, null, [])
                : DecisionRefusals.NotForOutcome;
        }

        if (request.Clause is null)
            return DecisionRefusals.ClauseMissing;
        if (policy.ClauseOf(request.Clause) is not { } clause)
            return DecisionRefusals.ClauseUnknown;
        if (!Words.TryRead<Severity>(request.Severity, out var severity))
            return DecisionRefusals.SeverityMissing;
        var sanction = SanctionOf(request);
        if (sanction.Refusal is { } refusal)
            return refusal;
        return new JudgedDecision(outcome, clause, severity, sanction.Value, [.. (request.Also ?? []).Distinct()]);
    }

    private Outcome<Sanction?> SanctionOf(DecisionRequest request) =>
        request.Action switch
        {
            "friction" => FrictionOf(request),
            "suspend" => SuspensionOf(request),
            "ban" => BanOf(request),
            _ when !HasNoParameters(request) => DecisionRefusals.NotForAction,
            "warn" => new Sanction.Warning(),
            _ => (Sanction?)null,
        };

    private Outcome<Sanction?> FrictionOf(DecisionRequest request)
    {
        if (request.Measures is not { Count: > 0 } measures)
            return DecisionRefusals.MeasureMissing;
        if (!measures.All(policy.KnowsMeasure))
            return DecisionRefusals.MeasureUnknown;
        var scope = request.Scope ?? _frictionScopes[0];
        if (!_frictionScopes.Contains(scope))
            return DecisionRefusals.ScopeUnknown;
        var length = LengthOf(request, limits.LeastFriction);
        return length.Refusal is { } refusal
            ? refusal
            : new Sanction.Friction([.. measures.Distinct()], scope, length.Value);
    }

    private Outcome<Sanction?> SuspensionOf(DecisionRequest request)
    {
        if (request.Measures is { Count: > 0 })
            return DecisionRefusals.NotForAction;
        var scope = request.Scope ?? _suspensionScopes[0];
        if (!_suspensionScopes.Contains(scope))
            return DecisionRefusals.ScopeUnknown;
        var length = LengthOf(request, limits.LeastSuspension);
        return length.Refusal is { } refusal ? refusal : new Sanction.Suspension(scope, length.Value);
    }

    private static Outcome<Sanction?> BanOf(DecisionRequest request)
    {
        if (request is { DurationSeconds: not null } or { Measures.Count: > 0 })
            return DecisionRefusals.NotForAction;
        var scope = request.Scope ?? _suspensionScopes[0];
        return _suspensionScopes.Contains(scope) ? new Sanction.Suspension(scope, null) : DecisionRefusals.ScopeUnknown;
    }

    private static Outcome<TimeSpan> LengthOf(DecisionRequest request, TimeSpan least)
    {
        if (request.DurationSeconds is not { } seconds)
            return DecisionRefusals.DurationMissing;
        return seconds < least.TotalSeconds || seconds > DecisionLimits.Most.TotalSeconds
            ? DecisionRefusals.DurationOutOfRange(least, DecisionLimits.Most)
            : TimeSpan.FromSeconds(seconds);
    }

    private static bool HasNoParameters(DecisionRequest request) =>
        request is { Scope: null, DurationSeconds: null } && request.Measures is null or { Count: 0 };
}
