// What the API itself asks before it turns to the vault: claim, case, persons and quorum (triage.md 14, evidence-bundle.md 19.1).
using Moderation.Domain;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Opening;

/// <param name="Key">The enrolled public key.</param>
/// <param name="Staff">Whose it is.</param>
/// <param name="MayApprove">Whether this person may approve openings in the lane of the case.</param>
public sealed record Approver(CoseKey Key, StaffId Staff, bool MayApprove);

/// <summary>Everything a rule looks at.</summary>
/// <param name="Case">The case the grant names, when it contains the report; else null.</param>
/// <param name="HasClaim">Whether the caller holds a live claim on it.</param>
/// <param name="Approvers">Enrolled keys that signed, by kid in hex.</param>
public sealed record OpeningAsked(
    Report Report,
    Grant Grant,
    SignedKeyRequest Request,
    Case? Case,
    StaffId Caller,
    bool HasClaim,
    IReadOnlyDictionary<string, Approver> Approvers
);

/// <summary>The vault judges signatures, scope and times by its own registry again; this is the floor of policy, which
/// only the API knows: who works on what.</summary>
public static class OpeningRules
{
    /// <summary>One approval is enough up to this many segments, outside child safety.</summary>
    public const int SegmentsForOne = 8;

    /// <summary>The first rule that is broken, or null.</summary>
    public static Refusal? Judge(OpeningAsked asked) =>
        CheckCase(asked) ?? CheckSignatures(asked) ?? CheckQuorum(asked) ?? CheckRequest(asked);

    private static Refusal? CheckCase(OpeningAsked asked)
    {
        var terms = asked.Grant.Terms;
        if (asked.Case is null || !IsServed(terms.Purpose, asked.Case.Lane))
            return Refuse(EvidenceCodes.GrantScope);
        if (asked.Grant.CheckScope(asked.Report.ContentId, (ulong)asked.Report.SegmentCount) is { } scope)
            return scope.ToRefusal();
        if (!asked.HasClaim)
            return CaseRefusals.ClaimNeeded;
        return asked.Report.State switch
        {
            // Complete without a receipt is a moment: the vault opens nothing that it has no receipt of.
            ReportState.Complete when asked.Report.IntakeReceipt is not null => null,
            ReportState.EvidenceDestroyed => ReportRefusals.EvidenceDestroyed,
            _ => ReportRefusals.NotComplete,
        };
    }

    // An emergency exists where somebody may be in danger and nowhere else; one approval is enough for it (triage.md 14). The
    // vault writes it under its own type and alerts. What the other purposes serve has routes of its own (docs/custody.md).
    private static bool IsServed(GrantPurpose purpose, Lane lane) =>
        purpose == GrantPurpose.Triage || (purpose == GrantPurpose.Emergency && lane == Lane.ImminentHarm);

    private static Refusal? CheckSignatures(OpeningAsked asked) =>
        asked.Grant.CheckSignatures(kid => Of(asked, kid)?.Key)?.ToRefusal();

    private static Refusal? CheckQuorum(OpeningAsked asked)
    {
        var people = asked.Grant.Approvals.Select(approval => Of(asked, approval.Kid)!).ToList();
        var needed =
            asked.Grant.Terms.Purpose != GrantPurpose.Emergency
            && (asked.Case!.Lane == Lane.ChildSafety || asked.Grant.Terms.Indices.Count > SegmentsForOne)
                ? 2
                : 1;
        var isEnough =
            people.Exists(person => person.Staff == asked.Caller)
            && people.TrueForAll(person => person.MayApprove)
            && people.Select(person => person.Staff).Distinct().Count() >= needed;
        return isEnough ? null : Refuse(EvidenceCodes.GrantQuorum);
    }

    // Nobody asks in another's name, also not somebody the grant lets open.
    private static Refusal? CheckRequest(OpeningAsked asked)
    {
        var refusal =
            asked.Request.CheckSignature(
                asked.Grant.Terms,
                kid => Of(asked, kid) is { } person && person.Staff == asked.Caller ? person.Key : null
            ) ?? asked.Request.CheckScope(asked.Grant.Terms, forDisclosure: false);
        return refusal?.ToRefusal();
    }

    private static Approver? Of(OpeningAsked asked, byte[] kid) =>
        asked.Approvers.GetValueOrDefault(Convert.ToHexStringLower(kid));

    private static Refusal Refuse(string code) => new EvidenceRefusal(code).ToRefusal();
}
