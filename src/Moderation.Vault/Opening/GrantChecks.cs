// The part of V2 and V3 that vault and custodian judge alike, each by its own registry (evidence-bundle.md 19.2).
using Moderation.Evidence;
using Moderation.Vault.Registries;

namespace Moderation.Vault.Opening;

/// <param name="CaseId">The case the API says this is for; null where nobody says (custodian).</param>
internal sealed record OpeningContext(byte[] ContentId, ulong SegmentCount, byte[]? CaseId, ulong NowMs);

internal static class GrantChecks
{
    /// <summary>V2 without the releases left: form, signatures, quorum, scope, time.</summary>
    internal static Verdict<Grant> CheckGrant(Registry registry, byte[] bytes, OpeningContext context)
    {
        if (!Grant.Parse(bytes).Holds(out var grant, out var refusal))
            return refusal;
        refusal =
            grant.CheckSignatures(registry.ApprovalKey)
            ?? CheckQuorum(registry, grant, context.SegmentCount)
            ?? grant.CheckScope(context.ContentId, context.SegmentCount)
            ?? CheckCase(grant, context.CaseId)
            ?? grant.CheckTime(context.NowMs);
        return refusal is null ? grant : refusal;
    }

    /// <summary>V3 without the replay: form, signature, scope, age.</summary>
    /// <param name="forDisclosure">The route the request came by.</param>
    internal static Verdict<SignedKeyRequest> CheckRequest(
        Registry registry,
        byte[] bytes,
        GrantTerms terms,
        bool forDisclosure,
        ulong nowMs
    )
    {
        if (!KeyRequest.Parse(bytes).Holds(out var request, out var refusal))
            return refusal;
        refusal =
            request.CheckSignature(terms, registry.ApprovalKey)
            ?? request.CheckScope(terms, forDisclosure)
            ?? request.CheckAge(nowMs);
        return refusal is null ? request : refusal;
    }

    // 19.1: the floor by purpose. Two keys of one person are one voice.
    private static EvidenceRefusal? CheckQuorum(Registry registry, Grant grant, ulong segmentCount)
    {
        if (registry.Quorum.GetValueOrDefault((int)grant.Terms.Purpose) is not { } floor)
            return new EvidenceRefusal(EvidenceCodes.GrantQuorum, "No floor for this purpose: nothing is enough.");
        var approvers = grant.Approvals.Select(approval => registry.Analysts[approval.KidHex]).ToArray();
        var isFew = grant.Terms.Indices.Count <= floor.Few;
        var needed = isFew ? floor.ForFew : floor.ForMore;
        if (approvers.Select(analyst => analyst.Staff).Distinct().Count() < needed)
            return new EvidenceRefusal(EvidenceCodes.GrantQuorum, $"{needed} distinct analysts are needed.");

        // A single approval is by the analyst who will open: nobody opens alone on another's word.
        if (
            grant.Approvals.Count == 1
            && !grant.Terms.Openers.Any(kid => kid.AsSpan().SequenceEqual(grant.Approvals[0].Kid))
        )
            return new EvidenceRefusal(EvidenceCodes.GrantQuorum, "The only approval is not by an opener.");

        var isWhole = (ulong)grant.Terms.Indices.Count == segmentCount;
        return floor.SeniorForAll && !isFew && isWhole && !approvers.Any(analyst => analyst.Senior)
            ? new EvidenceRefusal(EvidenceCodes.GrantQuorum, "A senior is needed for the whole of a larger bundle.")
            : null;
    }

    private static EvidenceRefusal? CheckCase(Grant grant, byte[]? caseId) =>
        caseId is null || grant.Terms.CaseId.AsSpan().SequenceEqual(caseId)
            ? null
            : new EvidenceRefusal(EvidenceCodes.GrantScope, "Granted for another case.");
}
