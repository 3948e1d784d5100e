// How far two people's judgements agree beyond chance: Cohen's kappa with its interval (triage.md 11).
namespace Moderation.Domain.Cases;

/// <param name="Kappa">1 − Σ w·observed / Σ w·expected; 1 is full agreement, 0 what chance would give.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
public sealed record Agreement(int Count, double Kappa, double Low, double High)
{
    /// <summary>Fewer pairs than this say nothing and are not shown.</summary>
    public const int Least = 30;

    /// <summary>Null when there are no pairs, or when both always say the same one thing, which leaves nothing to agree on.</summary>
    /// <param name="table">Counts: row is the first person's category, column the second's.</param>
    /// <param name="quadratic">For ordered categories: a miss by two steps weighs four times one by one.</param>
    public static Agreement? Of(int[][] table, bool quadratic = false)
    {
        var k = table.Length;
        if (table.Any(row => row.Length != k))
            throw new ArgumentException("The table is not square.", nameof(table));
        var n = table.Sum(row => row.Sum());
        if (n == 0 || k < 2)
            return null;
        var rows = table.Select(row => row.Sum() / (double)n).ToArray();
        var columns = Enumerable.Range(0, k).Select(j => table.Sum(row => row[j]) / (double)n).ToArray();
        double Weight(int i, int j) =>
            quadratic ? Math.Pow((i - j) / (double)(k - 1), 2)
            : i == j ? 0
            : 1;
        double observed = 0,
            expected = 0,
            squares = 0;
        for (var i = 0; i < k; i++)
        {
            for (var j = 0; j < k; j++)
            {
                var (w, p) = (Weight(i, j), table[i][j] / (double)n);
                observed += w * p;
                expected += w * rows[i] * columns[j];
                squares += w * w * p;
            }
        }
        if (expected == 0)
            return null;
        var kappa = 1 - (observed / expected);
        // Large-sample error of the weighted disagreement, with chance taken as known (Cohen 1968).
        var error = Math.Sqrt(Math.Max(0, squares - (observed * observed)) / (n * expected * expected));
        return new Agreement(n, kappa, Math.Max(-1, kappa - (1.96 * error)), Math.Min(1, kappa + (1.96 * error)));
    }

    /// <summary>The table of pairs over the categories that occur or are given, in order.</summary>
    public static Agreement? OfPairs<T>(
        IReadOnlyCollection<(T First, T Second)> pairs,
        IReadOnlyList<T>? categories = null,
        bool quadratic = false
    )
        where T : notnull
    {
        var all = categories ?? [.. pairs.SelectMany(p => new[] { p.First, p.Second }).Distinct()];
        var index = all.Select((category, i) => (category, i)).ToDictionary(c => c.category, c => c.i);
        var table = all.Select(_ => new int[all.Count]).ToArray();
        foreach (var (first, second) in pairs)
            table[index[first]][index[second]]++;
        return Of(table, quadratic);
    }
}
