// Checks the evidence inside a package with the vault's public key, opening nothing (evidence-bundle.md 21, steps 1 to 5).
using System.Text.Json.Nodes;
using Moderation.Evidence;

namespace Moderation.CasePackage;

internal static class DisclosureCheck
{
    public static string? Judge(BagFolder bag, CoseKey vault)
    {
        foreach (var exhibit in bag.Json(BagPath.Release)["plan"]!["exhibits"]!.AsArray())
        {
            var id = exhibit!["id"]!.GetValue<string>();
            if (!Disclosure.Verify(bag.Read(BagPath.DisclosureOf(id)), vault).Holds(out var disclosure, out var no))
                return $"{id}: {no.Code}";
            if (!disclosure.VerifyContents().Holds(out var verified, out no))
                return $"{id}: {no.Code}";
            foreach (var descriptor in verified.Descriptors)
                if (
                    SegmentVerifier.Verify(bag.Read(BagPath.CiphertextOf(id, descriptor.Index)), descriptor) is
                    { } wrong
                )
                    return $"{id}: {wrong.Code}";
            var proof = bag.Json(BagPath.ProofOf(id));
            var isTold =
                verified
                    .Descriptors.Select(d => d.Index)
                    .SequenceEqual(exhibit["segments"]!.AsArray().Select(s => (uint)s!))
                && proof["content_id"]!.GetValue<string>() == Convert.ToHexStringLower(verified.Authentic.ContentId)
                && (ulong)proof["segments_total"]! == verified.Authentic.Manifest.SegmentCount;
            if (!isTold)
                return $"{id}: the disclosure is not what proof.json says (CP-17)";
            if (!AreGradesPossible(proof, bag, id, verified.Descriptors))
                return $"{id}: a grade is not one that the segments can have";
        }
        return null;
    }

    // G1 needs attested media, whose kind and receipt are signed; anything else is G0 whoever looks. An exhibit has the lowest.
    private static bool AreGradesPossible(
        JsonNode proof,
        BagFolder bag,
        string exhibit,
        IReadOnlyList<Descriptor> descriptors
    )
    {
        var told = proof["segments"]!.AsArray().Select(s => s!["grade"]!.GetValue<string>()).ToList();
        var stated = bag.Json(BagPath.Verification)["exhibits"]!
            .AsArray()
            .Single(e => e!["id"]!.GetValue<string>() == exhibit)!;
        var isReceiptChecked = descriptors.Any(d => d.Receipt >= 0);
        return told.Count == descriptors.Count
            && told.Zip(descriptors)
                .All(pair =>
                    SealedGrades.Of(pair.Second.Kind) == SealedGrades.NotChecked
                        ? pair.First is SealedGrades.NotChecked or SealedGrades.Attested
                        : pair.First == SealedGrades.Asserted
                )
            && stated["grade"]!.GetValue<string>() == SealedGrades.LowestOf(told)
            && stated["checks"]!.AsArray().Single(c => c!["check"]!.GetValue<string>() == "relay_receipt")![
                "result"
            ]!.GetValue<string>() == (isReceiptChecked ? "pass" : "not_applicable");
    }
}
