// The logistic score card: weights, group caps and how a feature vector becomes a score (risk.md 3).
using System.Security.Cryptography;
using System.Text.Json;

namespace Moderation.Domain.Risk;

public sealed class ScoreCard
{
    const int MaxPositiveReasons = 6;
    const int MaxProtectiveReasons = 3;

    // "Origin" of risk.md 9.2.3: where an account comes from, as opposed to what it does.
    static readonly string[] OriginGroups = ["email", "network", "org", "tenure"];

    static readonly double BaseLogit = Math.Log(0.01 / 0.99);

    readonly CardText card;
    readonly List<IGrouping<string, Signal>> groups;

    ScoreCard(byte[] text)
    {
        card = JsonSerializer.Deserialize<CardText>(text, EmbeddedText.Json)!;
        Id = Convert.ToHexStringLower(SHA256.HashData([.. text, .. Convert.FromHexString(SignalCatalogue.Hash)]));
        // Catalogue order, so that sums come out the same on every machine.
        groups = [.. SignalCatalogue.All.GroupBy(s => s.Group, StringComparer.Ordinal)];
        var columns = SignalCatalogue
            .All.SelectMany(s => s.Columns)
            .Select(c => c.Id)
            .ToHashSet(StringComparer.Ordinal);
        if (!columns.SetEquals(card.Weights.Keys) || groups.Any(g => !card.Caps.ContainsKey(g.Key)))
            throw new InvalidDataException("The card does not weigh the columns of the catalogue");
    }

    /// <summary>The expert prior of risk.md 3.2.</summary>
    public static ScoreCard Version0 { get; } = new(EmbeddedText.Read("scorecard-0.json"));

    public int Version => card.Version;

    /// <summary>SHA-256 over the card and the catalogue it weighs, hex.</summary>
    public string Id { get; }

    public double Intercept => card.Intercept;
    public IReadOnlyDictionary<string, double> Weights => card.Weights;
    public IReadOnlyDictionary<string, double[]> Caps => card.Caps;

    public RiskScore Score(FeatureVector features)
    {
        var logit = card.Intercept;
        var knownWeight = 0.0;
        var allWeight = 0.0;
        var groupCoverage = new SortedDictionary<string, double>(StringComparer.Ordinal);
        var reasons = new List<RiskReason>();
        var isOriginOnly = true;
        foreach (var group in groups)
        {
            var parts = new List<Part>();
            var sum = 0.0;
            var known = 0.0;
            var all = 0.0;
            foreach (var signal in group)
            {
                var part = PartOf(signal, features, ref known, ref all);
                sum += part.Contribution;
                if (part.Contribution != 0)
                    parts.Add(part);
            }
            var capped = Math.Clamp(sum, card.Caps[group.Key][0], card.Caps[group.Key][1]);
            logit += capped;
            knownWeight += known;
            allWeight += all;
            groupCoverage[group.Key] = all == 0 ? 1 : known / all;
            if (capped > 0 && !OriginGroups.Contains(group.Key, StringComparer.Ordinal))
                isOriginOnly = false;
            // A capped group is scaled in proportion, so that the multipliers still multiply to the score.
            var scale = sum == 0 ? 1 : capped / sum;
            reasons.AddRange(parts.Where(_ => scale != 0).Select(p => ReasonOf(p, p.Contribution * scale)));
        }
        var p = 1 / (1 + Math.Exp(-logit));
        return new RiskScore(
            logit,
            p,
            RiskBands.Of(p),
            (int)Math.Round(500 + 20 / Math.Log(2) * (logit - BaseLogit), MidpointRounding.AwayFromZero),
            knownWeight / allWeight,
            groupCoverage,
            Shorten(reasons),
            isOriginOnly,
            card.Version,
            Id,
            features.DataVersion,
            features.AsOf
        );
    }

    Part PartOf(Signal signal, FeatureVector features, ref double known, ref double all)
    {
        var held = new Part(signal, null, null, 0);
        foreach (var column in signal.Columns)
        {
            var weight = card.Weights[column.Id];
            all += Math.Abs(weight);
            if (features[signal.FeatureOf(column)] is not { } feature)
                continue;
            known += Math.Abs(weight);
            // Of a signal's bins and windows only the first that holds counts.
            var x = held.Column is null ? column.ValueOf(feature.Value) : 0;
            if (x == 0)
                continue;
            var decay = signal.HalfLifeHours is { } halfLife ? Math.Pow(2, -feature.AgeHours / halfLife) : 1;
            var isSilenced = card.ZeroWhere.TryGetValue(column.Id, out var other) && features[other] is { Value: > 0 };
            held = new Part(signal, column, feature, isSilenced ? 0 : weight * x * decay);
        }
        return held;
    }

    static RiskReason ReasonOf(Part part, double contribution) =>
        new(
            part.Signal.Id,
            part.Signal.Group,
            contribution,
            Math.Exp(contribution),
            part.Feature!.Evidence is { } evidence ? [part.Column!.Id, evidence] : [part.Column!.Id],
            part.Feature.Since,
            part.Feature.Source,
            part.Signal.MayBeWrong,
            part.Signal.UserCode
        );

    // Sorting is stable, so equal contributions stay in catalogue order.
    static List<RiskReason> Shorten(List<RiskReason> reasons) =>
        [
            .. reasons.Where(r => r.Contribution > 0).OrderByDescending(r => r.Contribution).Take(MaxPositiveReasons),
            .. reasons.Where(r => r.Contribution < 0).OrderBy(r => r.Contribution).Take(MaxProtectiveReasons),
        ];

    readonly record struct Part(Signal Signal, SignalColumn? Column, Feature? Feature, double Contribution);

    sealed record CardText(
        int Version,
        double Intercept,
        Dictionary<string, double[]> Caps,
        Dictionary<string, string> ZeroWhere,
        Dictionary<string, double> Weights
    );
}
