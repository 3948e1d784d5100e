// Checks what the files of a package say against each other: custody, exhibits, proportionality, release (CP-13 to CP-21).
using System.Text.Json.Nodes;
using Moderation.Domain.Legal;

namespace Moderation.CasePackage;

internal static class ContentCheck
{
    public static IReadOnlyList<(string Name, Func<BagFolder, string?> Judge)> All { get; } =
    [
        ("package name", JudgeName),
        ("custody chain", bag => CustodyChain.Read(bag.Lines(BagPath.Custody)).Refusal?.Detail),
        ("custody head", JudgeHead),
        ("custody end", JudgeEnd),
        ("files of case.json", JudgeCaseFiles),
        ("asked and given", JudgeDisclosure),
        ("release plan", JudgePlan),
        ("release actors", JudgeActors),
        ("segments", JudgeSegments),
    ];

    private static string? JudgeName(BagFolder bag)
    {
        var export = bag.Json(BagPath.Case)["export"]!;
        var reference = Text(bag.Json(BagPath.Case)["case"]!["ref"]);
        var group = $"{reference}-{Text(export["number"])}";
        return bag.Name == $"{group}-{Text(export["volume"])}" && bag.Info()["Bag-Group-Identifier"] == group
            ? null
            : "the folder is not named as the package inside it";
    }

    private static string? JudgeHead(BagFolder bag)
    {
        if (CustodyChain.Read(bag.Lines(BagPath.Custody)) is not { Refusal: null } read)
            return "there is no whole chain";
        var info = bag.Info();
        return
            info["Custody-Head-SHA256"] == read.Value.Head
            && info["Custody-Entries"] == read.Value.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)
            && Text(bag.Json(BagPath.Case)["export"]!["custody_head"]) == read.Value.Head
            ? null
            : "bag-info.txt or case.json name another head";
    }

    private static string? JudgeEnd(BagFolder bag)
    {
        if (CustodyChain.Read(bag.Lines(BagPath.Custody)) is not { Refusal: null } read)
            return "there is no whole chain";
        var last = read.Value.Last;
        if (Text(last["action"]) != "exported")
            return "the last act is not an export";
        if (Text(last["authority"]) != $"legal:{Text(bag.Json(BagPath.Process)["id"])}")
            return "it was exported under another process";
        var told = last["evidence"]!.AsArray().Select(e => (Text(e!["path"]), Text(e["sha256"]))).ToHashSet();
        var there = EvidenceFiles(bag).Select(path => (path, bag.FileOf(path).Sha256)).ToHashSet();
        return told.SetEquals(there) ? null : "it tells of other evidence than there is (CP-15)";
    }

    private static string? JudgeCaseFiles(BagFolder bag)
    {
        var listed = bag.Json(BagPath.Case)["exhibits"]!
            .AsArray()
            .SelectMany(exhibit => exhibit!["files"]!.AsArray())
            .Select(f => new BagFile(Text(f!["path"]), (long)f["bytes"]!, Text(f["sha256"]), Text(f["sha512"])))
            .OrderBy(f => f.Path, StringComparer.Ordinal);
        return listed.SequenceEqual(EvidenceFiles(bag).Select(bag.FileOf)) ? null : "they are not the evidence (CP-16)";
    }

    private static string? JudgeDisclosure(BagFolder bag)
    {
        var items = bag.Json(BagPath.Disclosure)["items"]!.AsArray();
        var given = new List<string>();
        foreach (var item in items)
        {
            var paths = item!["given"]!.AsArray().Select(Text).ToList();
            var withheld = item["withheld"]!.AsArray().Count;
            var fits = Text(item["outcome"]) switch
            {
                "given" => paths.Count > 0 && withheld == 0,
                "given_in_part" => paths.Count > 0 && withheld > 0,
                "withheld" => paths.Count == 0,
                "not_held" => paths.Count == 0 && Text(item["held"]) == "no",
                _ => false,
            };
            if (!fits)
                return "an outcome does not fit what was given (CP-20)";
            given.AddRange(paths);
        }
        var must = bag.Payload.Where(path =>
            path.StartsWith(BagPath.Evidence, StringComparison.Ordinal)
            || path.StartsWith("data/accounts/", StringComparison.Ordinal)
            || path.StartsWith("data/decisions/", StringComparison.Ordinal)
        );
        return given.Order(StringComparer.Ordinal).SequenceEqual(must)
            ? null
            : "what was given is not what is there (CP-20)";
    }

    private static string? JudgePlan(BagFolder bag)
    {
        var release = bag.Json(BagPath.Release);
        var hash = CustodyLine.LinkOf(Jcs.Write(release["plan"]));
        if (hash != Text(release["plan_sha256"]))
            return "plan_sha256 is not the plan's";
        var about = bag.Json(BagPath.Case);
        var plan = release["plan"]!;
        return
            Text(plan["case"]) == Text(about["case"]!["ref"])
            && Text(plan["export"]) == Text(about["export"]!["number"])
            && Text(plan["process"]) == Text(bag.Json(BagPath.Process)["id"])
            ? null
            : "it is the plan of another package";
    }

    private static string? JudgeActors(BagFolder bag)
    {
        var release = bag.Json(BagPath.Release);
        var approved = release["approved"]!.AsArray();
        if (approved.Count != 2)
            return "there are not two approvals";
        var requested = Text(release["requested"]!["at"]);
        string[] actors = [Text(release["requested"]!["actor"]), .. approved.Select(a => Text(a!["actor"]))];
        var times = approved.Select(a => Text(a!["at"])).ToList();
        // The mark behind the role is the person: one person in two roles is one person.
        return
            actors.Select(actor => actor[(actor.IndexOf(':', StringComparison.Ordinal) + 1)..]).Distinct().Count() == 3
            && times.All(at => string.CompareOrdinal(at, requested) >= 0)
            && string.CompareOrdinal(times[0], times[1]) <= 0
            ? null
            : "they are not three people in the right order (CP-21)";
    }

    // CP-17 without the COSE, which only the disclosure check reads.
    private static string? JudgeSegments(BagFolder bag)
    {
        foreach (var exhibit in bag.Json(BagPath.Release)["plan"]!["exhibits"]!.AsArray())
        {
            var id = Text(exhibit!["id"]);
            var planned = exhibit["segments"]!.AsArray().Select(s => (uint)s!).ToList();
            var proof = bag.Json(BagPath.ProofOf(id));
            var proved = proof["segments"]!.AsArray().Select(s => (uint)s!["index"]!).ToList();
            var files = bag
                .Payload.Where(p =>
                    p.StartsWith($"{BagPath.Evidence}{id}/disclosure/segment-", StringComparison.Ordinal)
                )
                .ToHashSet();
            if (!proved.SequenceEqual(planned) || !files.SetEquals(planned.Select(i => BagPath.CiphertextOf(id, i))))
                return $"{id} holds other segments than were released";
            var isTied =
                Text(proof["disclosure"]!["sha256"]) == bag.FileOf(BagPath.DisclosureOf(id)).Sha256
                && proof["segments"]!
                    .AsArray()
                    .All(s => bag.FileOf(Text(s!["ciphertext"]!["path"])).Sha256 == Text(s["ciphertext"]!["sha256"]));
            if (!isTied)
                return $"proof.json of {id} names other files";
        }
        return null;
    }

    private static IEnumerable<string> EvidenceFiles(BagFolder bag) =>
        bag.Payload.Where(path =>
            path.StartsWith(BagPath.Evidence, StringComparison.Ordinal) && !BagPath.IsProof(path)
        );

    private static string Text(JsonNode? node) => node is null ? "" : node.GetValue<string>();
}
