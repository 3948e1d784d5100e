// Shapes of the quality figures: how far second looks agree, and which clauses people disagree about.
namespace Moderation.Contracts.Triage;

/// <param name="Pairs">Pairs of decisions on the same case, each made blind.</param>
/// <param name="Outcome">Cohen's kappa; null below 30 pairs.</param>
/// <param name="Severity">Quadratic-weighted kappa over pairs in which both saw a violation; null below 30.</param>
/// <param name="Disputed">The clauses people disagree about, most often first: what policy owners have to look at.</param>
public sealed record QualityShape(
    int Pairs,
    KappaShape? Outcome,
    KappaShape? ClauseFamily,
    KappaShape? Severity,
    IReadOnlyList<DisputedClause> Disputed
);

/// <param name="Low">Lower end of the 95 % interval.</param>
public sealed record KappaShape(int Count, double Kappa, double Low, double High);

public sealed record DisputedClause(string Clause, int Pairs, int Differ);
