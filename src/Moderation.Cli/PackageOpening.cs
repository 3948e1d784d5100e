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
        foreach (var id in ExhibitsOf(folder))
        {
            var opened = DisclosureOpening.Open(
                File.ReadAllBytes(Path.Combine(folder, BagPath.DisclosureOf(id))),
                vault,
                recipient,
                index => Read(Path.Combine(folder, BagPath.CiphertextOf(id, index)))
            );
            if (!opened.Holds(out var contents, out var refusal))
            {
                yield return new PackageCheck($"opening of {id}", CheckResult.Fail, refusal.Code);
                continue;
            }
            yield return new PackageCheck($"opening of {id} ({Told(contents)})", CheckResult.Ok);
            yield return new PackageCheck($"grades of {id} ({Grades(contents)})", CheckResult.Ok);
        }
    }

    /// <summary>Says of each exhibit with attested media that its attribution waits for an opening; nothing when there is none.</summary>
    public static IEnumerable<PackageCheck> TellUnopened(string folder)
    {
        foreach (var id in ExhibitsOf(folder))
        {
            var proof = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, BagPath.ProofOf(id))))!;
            var waiting = proof["segments"]!.AsArray().Count(s => (string?)s!["grade"] != SealedGrades.Asserted);
            if (waiting > 0)
                yield return new PackageCheck(
                    $"grades of {id}",
                    CheckResult.Warn,
                    $"{waiting} segments have a relay receipt; only an opening with --key checks what they are"
                );
        }
    }

    private static IEnumerable<string> ExhibitsOf(string folder) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, BagPath.Release)))!["plan"]!["exhibits"]!
            .AsArray()
            .Select(exhibit => exhibit!["id"]!.GetValue<string>());

    private static string Told(DisclosedContent[] contents) =>
        $"{contents.Length} segments, {contents.Sum(c => c.Segment.Plaintext.LongLength)} bytes, "
        + $"{contents.Count(c => c.Segment.Grade == AttributionGrade.G1)} attested by the relay";

    // What proof.json could not know is known now; that a segment claimed as G1 is one is part of opening it (12.5).
    private static string Grades(DisclosedContent[] contents) =>
        string.Join(", ", contents.Select(c => $"{c.Descriptor.Index} {c.Segment.Grade}"));

    private static byte[]? Read(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
