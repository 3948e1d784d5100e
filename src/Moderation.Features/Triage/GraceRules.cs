// How long a decision can be undone: the policy's time, none where somebody may be hurt now, a person's own up to two minutes.
using Microsoft.Extensions.Configuration;
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Features.Triage.Policy;

namespace Moderation.Features.Triage;

public sealed class GraceRules(PolicyDocument policy, IConfiguration configuration)
{
    /// <summary>The policy says 30 s; a demo or a test says less.</summary>
    public int Seconds { get; } = configuration.GetValue("Policy:GraceSeconds", policy.Grace.Seconds);

    /// <param name="asked">A person's own, longer time.</param>
    public Outcome<int> For(Lane lane, int? asked)
    {
        if (lane == Lane.ImminentHarm)
            return policy.Grace.ImminentHarmSeconds;
        if (asked is { } own && (own < Seconds || own > policy.Grace.LongestSeconds))
            return DecisionRefusals.GraceOutOfRange(Seconds, policy.Grace.LongestSeconds);
        return asked ?? Seconds;
    }
}
