// The Unicode tables behind international host names, read from `idna.txt` when the first such name is met.
using System.Collections.Frozen;
using System.Globalization;

namespace Moderation.Domain.Risk;

sealed class IdnaTable
{
    static readonly Lazy<IdnaTable> Loaded = new(() => new IdnaTable());

    readonly FrozenDictionary<int, int[]> mapped;
    readonly FrozenSet<int> disallowed;
    readonly FrozenDictionary<int, (int First, int Second)> decompositions;
    readonly FrozenDictionary<(int, int), int> compositions;
    readonly FrozenDictionary<int, int> combiningClasses;

    public static IdnaTable Instance => Loaded.Value;

    IdnaTable()
    {
        var mappings = new Dictionary<int, int[]>();
        var refused = new HashSet<int>();
        var decomposed = new Dictionary<int, (int, int)>();
        var composed = new Dictionary<(int, int), int>();
        var classes = new Dictionary<int, int>();
        using var text = new StreamReader(new MemoryStream(EmbeddedText.Read("idna.txt")));
        while (text.ReadLine() is { } line)
        {
            var cells = line.Split(' ');
            switch (cells[0])
            {
                case "M":
                    foreach (var cp in Range(cells))
                        mappings[cp] = [cp + int.Parse(cells[3], CultureInfo.InvariantCulture)];
                    break;
                case "S":
                    mappings[Hex(cells[1])] = [.. cells[2..].Select(Hex)];
                    break;
                case "I":
                    foreach (var cp in Range(cells))
                        mappings[cp] = [];
                    break;
                case "X":
                    refused.UnionWith(Range(cells));
                    break;
                case "D" or "E":
                    var pair = (Hex(cells[2]), cells.Length > 3 ? Hex(cells[3]) : 0);
                    decomposed[Hex(cells[1])] = pair;
                    if (cells[0] == "D")
                        composed[pair] = Hex(cells[1]);
                    break;
                case "C":
                    foreach (var cp in Range(cells))
                        classes[cp] = int.Parse(cells[3], CultureInfo.InvariantCulture);
                    break;
            }
        }
        mapped = mappings.ToFrozenDictionary();
        disallowed = refused.ToFrozenSet();
        decompositions = decomposed.ToFrozenDictionary();
        compositions = composed.ToFrozenDictionary();
        combiningClasses = classes.ToFrozenDictionary();
    }

    /// <summary>What UTS 46 maps a code point to, nothing for an ignored one; null for one that is valid as it is.</summary>
    public int[]? MappingOf(int cp) => mapped.GetValueOrDefault(cp);

    public bool IsDisallowed(int cp) =>
        disallowed.Contains(cp)
        || CharUnicodeInfo.GetUnicodeCategory(cp)
            is UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.Surrogate
                or UnicodeCategory.Control;

    public int CombiningClassOf(int cp) => combiningClasses.GetValueOrDefault(cp);

    public bool TryDecompose(int cp, out (int First, int Second) parts) => decompositions.TryGetValue(cp, out parts);

    public bool TryCompose(int first, int second, out int composed) =>
        compositions.TryGetValue((first, second), out composed);

    static IEnumerable<int> Range(string[] cells) => Enumerable.Range(Hex(cells[1]), Hex(cells[2]) - Hex(cells[1]) + 1);

    static int Hex(string cell) => int.Parse(cell, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
