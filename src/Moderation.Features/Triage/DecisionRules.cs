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

    public static DecisionLimits From(IConfiguration configuration) =>
        new(TimeSpan.FromSeconds(configuration.GetValue("Policy:MinimumSuspensionSeconds", 86_400)));
}

/// <summary>What a request comes to once its parts fit together.</summary>
public sealed record JudgedDecision(
    DecisionOutcome Outcome,
    Clause? Clause,
    Severity? Severity,
    LadderStep? Recommended,
    Sanction? Sanction
)
{
    public bool NeedsCitation => Sanction is Sanction.Friction or Sanction.Suspension;
}

public sealed class DecisionRules(PolicyDocument policy, DecisionLimits limits)
{
    private static readonly string[] _frictionScopes = ["account", "device", "network"];
    private static readonly string[] _suspensionScopes = ["all", "hosting", "joining"];

    public static string[] Actions { get; } = ["none", "warn", "friction", "suspend"];

    public Outcome<JudgedDecision> Judge(DecisionRequest request)
    {
        if (!Words.TryRead<DecisionOutcome>(request.Outcome, out var outcome))
            throw new InvalidOperationException("The validator let an unknown outcome pass.");
        if (outcome != DecisionOutcome.Violation)
        {
            return request is { Clause: null, Severity: null, Action: "none" } && HasNoParameters(request)
                ? new JudgedDecision(outcome, null, null, null, null)
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
        return new JudgedDecision(outcome, clause, severity, policy.Recommend(clause, severity), sanction.Value);
    }

    private Outcome<Sanction?> SanctionOf(DecisionRequest request) =>
        request.Action switch
        {
            "friction" => FrictionOf(request),
            "suspend" => SuspensionOf(request),
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
