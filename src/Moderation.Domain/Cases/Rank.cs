// Where a case stands in its queue: one stored key that never needs recomputing as time passes (triage.md 5.2).
namespace Moderation.Domain.Cases;

/// <summary>The facts a rank is made from.</summary>
/// <param name="AccountRisk">Risk band: none 0, low 0.25, medium 0.5, high 0.75, critical 1.</param>
/// <param name="Credibility">Best credibility among the reporters, 0 to 1, neutral 0.5.</param>
/// <param name="FurtherReporters">Independent reporters beyond the first.</param>
/// <param name="Evidence">Metadata only 0, host-asserted 0.6, relay-attested 1.</param>
public readonly record struct RankFacts(double AccountRisk, double Credibility, int FurtherReporters, double Evidence);

public sealed record RankTerms(double Risk, double Credibility, double Reporters, double Evidence)
{
    /// <summary>Share of the SLA by which the case is placed earlier, −0.25 to 0.90.</summary>
    public double Weight => Math.Clamp(Risk + Credibility + Reporters + Evidence, -0.25, 0.90);
}

public static class Rank
{
    public static RankTerms Terms(RankFacts facts) =>
        new(
            0.30 * facts.AccountRisk,
            0.25 * ((2 * facts.Credibility) - 1),
            0.20 * Math.Min(1, Math.Log2(1 + facts.FurtherReporters) / 3),
            0.15 * facts.Evidence
        );

    public static DateTimeOffset At(DateTimeOffset dueAt, Severity severity, RankTerms terms) =>
        dueAt - (Sla(severity) * terms.Weight);

    /// <summary>First-look time of triage.md 5.1.</summary>
    public static TimeSpan Sla(Severity severity) =>
        severity switch
        {
            Severity.S0 => TimeSpan.FromMinutes(15),
            Severity.S1 => TimeSpan.FromHours(1),
            Severity.S2 => TimeSpan.FromHours(8),
            Severity.S3 => TimeSpan.FromHours(24),
            _ => TimeSpan.FromHours(72),
        };

    public static int Band(Severity severity, Lane lane) =>
        (severity, lane) switch
        {
            (_, Lane.ImminentHarm or Lane.ChildSafety) => 0,
            (Severity.S0, _) => 0,
            (Severity.S1, _) => 1,
            (Severity.S2 or Severity.S3, _) => 2,
            _ => 3,
        };

    public static double OfRiskBand(string? band) =>
        band switch
        {
            "low" => 0.25,
            "medium" => 0.5,
            "high" => 0.75,
            "critical" => 1,
            _ => 0,
        };
}
