// Opens the segments of a case package with the authority's own key (evidence-bundle.md 21, steps 6 and 7).
using System.Text.Json.Nodes;
using Moderation.CasePackage;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Cli;

public static class PackageOpening
{
    /// <summary>One check an exhibit; nothing of what is opened is written anywhere.</summary>
    public static IEnumerable<PackageCheck> Open(string folder, CoseKey vault, KemKeyPair recipient)
    {
        var release = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, BagPath.Release)))!;
        foreach (var exhibit in release["plan"]!["exhibits"]!.AsArray())
        {
            var id = exhibit!["id"]!.GetValue<string>();
            var opened = DisclosureOpening.Open(
                File.ReadAllBytes(Path.Combine(folder, BagPath.DisclosureOf(id))),
                vault,
                recipient,
                index => Read(Path.Combine(folder, BagPath.CiphertextOf(id, index)))
            );
            yield return opened.Holds(out var contents, out var refusal)
                ? new PackageCheck($"opening of {id} ({Told(contents)})", CheckResult.Ok)
                : new PackageCheck($"opening of {id}", CheckResult.Fail, refusal.Code);
        }
    }

    private static string Told(DisclosedContent[] contents) =>
        $"{contents.Length} segments, {contents.Sum(c => c.Segment.Plaintext.LongLength)} bytes, "
        + $"{contents.Count(c => c.Segment.Grade == AttributionGrade.G1)} attested by the relay";

    private static byte[]? Read(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
