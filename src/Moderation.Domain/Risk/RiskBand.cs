// The bands of the score and the friction level each argues for (risk.md 3.3).
namespace Moderation.Domain.Risk;

public enum RiskBand
{
    None,
    Low,
    Medium,
    High,
    Critical,
}

public static class RiskBands
{
    /// <summary>Borders belong to the upper band.</summary>
    public static RiskBand Of(double p) =>
        p switch
        {
            >= 0.25 => RiskBand.Critical,
            >= 0.08 => RiskBand.High,
            >= 0.02 => RiskBand.Medium,
            >= 0.005 => RiskBand.Low,
            _ => RiskBand.None,
        };
}
