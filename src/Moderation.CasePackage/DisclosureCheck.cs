// Checks the evidence inside a package with the vault's public key, opening nothing (evidence-bundle.md 21, steps 1 to 5).
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
        }
        return null;
    }
}
