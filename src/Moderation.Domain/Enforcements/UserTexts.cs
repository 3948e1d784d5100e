// What a person whose account is affected is told, in English and German; never a harm category (events.md EV-3).
using System.Globalization;

namespace Moderation.Domain.Enforcements;

public static class UserTexts
{
    public static IReadOnlyDictionary<string, string> Warned { get; } =
        In(
            "Something you did in a meeting broke the rules. Nothing changes for your account; please keep to the rules.",
            "Etwas, das Sie in einer Besprechung getan haben, hat gegen die Regeln verstoßen. Für Ihr Konto ändert sich "
                + "nichts; bitte halten Sie sich an die Regeln."
        );

    public static IReadOnlyDictionary<string, string> FrictionApplied(DateTimeOffset? until) =>
        In(
            $"Some functions of your account are limited{English(until)}.",
            $"Einige Funktionen Ihres Kontos sind{German(until)} eingeschränkt."
        );

    public static IReadOnlyDictionary<string, string> FrictionLifted { get; } =
        In("Limits on your account have ended.", "Einschränkungen Ihres Kontos sind beendet.");

    public static IReadOnlyDictionary<string, string> Suspended(DateTimeOffset? until) =>
        In($"Your account is suspended{English(until)}.", $"Ihr Konto ist{German(until)} gesperrt.");

    public static IReadOnlyDictionary<string, string> Reinstated { get; } =
        In("Your account is no longer suspended.", "Ihr Konto ist nicht mehr gesperrt.");

    public static IReadOnlyDictionary<string, string> SessionsEnded { get; } =
        In("You have been removed from running meetings.", "Sie wurden aus laufenden Besprechungen entfernt.");

    private static Dictionary<string, string> In(string english, string german) =>
        new() { ["en"] = english, ["de"] = german };

    private static string English(DateTimeOffset? until) =>
        until is { } end
            ? end.ToUniversalTime().ToString("' until 'd MMMM yyyy', 'HH:mm' UTC'", CultureInfo.InvariantCulture)
            : " until further notice";

    private static string German(DateTimeOffset? until) =>
        until is { } end
            ? end.ToUniversalTime().ToString("' bis 'd.M.yyyy', 'HH:mm' Uhr UTC'", CultureInfo.InvariantCulture)
            : " bis auf Weiteres";
}
