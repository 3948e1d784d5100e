// What may be an id of the platform's: opaque, 1 to 128 characters, no control character (PostgreSQL keeps no NUL).
namespace Moderation.Features.Accounts;

internal static class ExternalId
{
    public const string Rule = "1 to 128 characters, no control character";

    public static bool IsGood(string? text) => text is { Length: >= 1 and <= 128 } && !text.Any(char.IsControl);
}
