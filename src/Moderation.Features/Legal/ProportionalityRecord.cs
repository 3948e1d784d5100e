// Says for each thing asked what is held, what is given and what is not (case-package.md 6.2, CP-20).
using System.Text.Json.Nodes;

namespace Moderation.Features.Legal;

internal sealed class ProportionalityRecord(PackageStory story, IReadOnlyList<string> payload)
{
    public IEnumerable<JsonNode> Items()
    {
        var scope = ExportRows.ReadProcess(story.Export).Scope;
        var free = payload.Order(StringComparer.Ordinal).ToList();
        return scope.Categories.Select((category, i) => Item(i + 1, category, free));
    }

    // A file is given once: what one item took is no longer there for the next.
    private JsonObject Item(int number, string category, List<string> free)
    {
        var folder = category switch
        {
            "content" => "data/evidence/",
            "subscriber" or "identification" => "data/accounts/",
            "moderation" => "data/decisions/",
            _ => null,
        };
        var given = folder is null ? [] : free.Where(p => p.StartsWith(folder, StringComparison.Ordinal)).ToList();
        free.RemoveAll(given.Contains);
        var kept = story.Report.SegmentCount - story.Export.Segments.Length;
        var isPart = category == "content" && kept > 0;
        return new JsonObject
        {
            ["n"] = number,
            ["asked"] = PackageSentences.Asked(category),
            ["category"] = category,
            ["held"] = given.Count == 0 ? "no" : "yes",
            ["held_note"] =
                category == "content" ? "sealed_only_no_plaintext"
                : given.Count == 0 ? "nothing_of_this_category"
                : null,
            ["outcome"] =
                given.Count == 0 ? "not_held"
                : isPart ? "given_in_part"
                : "given",
            ["given"] = new JsonArray([.. given.Select(p => JsonValue.Create(p))]),
            ["withheld"] = isPart
                ? new JsonArray(
                    new JsonObject
                    {
                        ["what"] = $"{kept} further segments of {story.Exhibit}",
                        ["reason"] = "not_in_scope",
                        ["note"] = null,
                    }
                )
                : new JsonArray(),
        };
    }
}
