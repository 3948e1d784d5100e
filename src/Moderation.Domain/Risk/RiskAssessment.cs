// Scores one account: facts and lists in, feature vector and score out.
namespace Moderation.Domain.Risk;

/// <summary>The vector is kept with the score, so that the score can be computed again bit for bit.</summary>
public sealed record RiskAssessment(FeatureVector Features, RiskScore Score)
{
    /// <summary>Without a snapshot (first run, lists still on their way) every signal of the lists is unknown.</summary>
    public static RiskAssessment Of(AccountFacts facts, RiskSnapshot? lists, DateTimeOffset now)
    {
        var features = AccountFeatures.Of(facts, lists ?? RiskSnapshot.Empty, now);
        return new RiskAssessment(features, ScoreCard.Version0.Score(features));
    }
}
