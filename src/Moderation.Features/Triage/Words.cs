// How the codes of the domain read on the wire: snake_case, severities as S0 to S4.
using System.Text.Json;
using Moderation.Domain.Cases;

namespace Moderation.Features.Triage;

internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum =>
        value is Severity ? value.ToString() : JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static bool TryRead<T>(string? text, out T value)
        where T : struct, Enum
    {
        foreach (var candidate in Enum.GetValues<T>())
        {
            if (Of(candidate) == text)
            {
                value = candidate;
                return true;
            }
        }
        value = default;
        return false;
    }
}
