// Which legal bases exist, whether they compel, and whether content may be given under them (case-package.md 6.1); rows are data.
using System.Text.Json;

namespace Moderation.Domain.Legal;

/// <param name="Content"><c>yes</c>, <c>no</c>, or <c>order</c> where the order itself says.</param>
/// <param name="Reviewed">When counsel last looked at the row; ISO date.</param>
public sealed record LegalBasis(string Code, bool Compelled, string Content, string Citation, string Reviewed)
{
    public static IReadOnlyList<LegalBasis> All { get; } = ReadAll();

    public static IReadOnlyList<string> Categories { get; } =
    ["subscriber", "identification", "traffic", "content", "moderation"];

    public static IReadOnlyList<string> Services { get; } =
    ["portal", "e_codex", "registered_agent", "mail", "e_mail", "in_person", "other"];

    public static LegalBasis? ByCode(string code) => All.FirstOrDefault(b => b.Code == code);

    private static List<LegalBasis> ReadAll()
    {
        using var stream = typeof(LegalBasis).Assembly.GetManifestResourceStream("legal-bases.json")!;
        return JsonSerializer.Deserialize<List<LegalBasis>>(stream, JsonSerializerOptions.Web)!;
    }
}
