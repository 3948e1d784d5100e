// The words for each reason in the languages we have, and which of them somebody gets who asks for another.
using System.Collections.Frozen;

namespace Moderation.Domain.Reports;

public static class ReasonTexts
{
    public const string Fallback = "en";

    private static readonly FrozenDictionary<string, string> German = new Dictionary<string, string>
    {
        ["danger"] = "Jemand ist in Gefahr",
        ["child"] = "Ein Kind ist betroffen",
        ["sexual"] = "Sexuelle Inhalte oder sexuelles Verhalten",
        ["harassment"] = "Belästigung",
        ["violence"] = "Drohungen oder Gewalt",
        ["hate"] = "Hass",
        ["self_harm"] = "Selbstverletzung",
        ["intrusion"] = "Ungebetener Eindringling, Störung",
        ["scam"] = "Betrug oder falsche Identität",
        ["privacy"] = "Aufnahme oder private Informationen",
        ["spam"] = "Spam",
        ["other"] = "Etwas anderes",
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, FrozenDictionary<string, string>> ByLocale = new Dictionary<
        string,
        FrozenDictionary<string, string>
    >
    {
        [Fallback] = Reason.All.ToFrozenDictionary(r => r.Code, r => r.Text),
        ["de"] = German,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> Locales => ByLocale.Keys;

    public static string Of(Reason reason, string locale) => ByLocale[locale][reason.Code];

    /// <summary>
    /// The language we have that is nearest to a BCP 47 tag: the tag itself, else with its last subtags taken off one by
    /// one (RFC 4647, 3.4), else English.
    /// </summary>
    public static string Nearest(string? tag)
    {
        for (var rest = tag ?? ""; rest.Length > 0; )
        {
            var known = Locales.FirstOrDefault(l => l.Equals(rest, StringComparison.OrdinalIgnoreCase));
            if (known is not null)
                return known;
            var cut = rest.LastIndexOf('-');
            rest = cut < 0 ? "" : rest[..cut];
            // A single letter or digit introduces what follows it and means nothing alone.
            if (rest.Length >= 2 && rest[^2] == '-')
                rest = rest[..^2];
        }
        return Fallback;
    }
}
