// What may be an id of the platform's: opaque, 1 to 128 characters, nothing that a path or PostgreSQL cannot carry.
namespace Moderation.Features.Accounts;

internal static class ExternalId
{
    public const string Rule = "1 to 128 characters, no slash and no control character.";

    // A slash comes out of a path still encoded, so one id would be two; and PostgreSQL keeps no NUL.
    public static bool IsGood(string? text) =>
        text is { Length: >= 1 and <= 128 }
        && !text.Any(c => c == '/' || char.IsControl(c))
        && !text.Contains("%2F", StringComparison.OrdinalIgnoreCase);
}
