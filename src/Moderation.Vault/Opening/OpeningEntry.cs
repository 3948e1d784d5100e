// The audit entry that stands in the log before anything is opened (evidence-bundle.md 19.2).
using Moderation.Evidence;

namespace Moderation.Vault.Opening;

internal static class OpeningEntry
{
    internal static AuditEntry Of(Grant grant, KeyRequest request, ulong nowMs) =>
        new(
            grant.Terms switch
            {
                { IsForDisclosure: true } => AuditEntryTypes.Disclose,
                { Purpose: GrantPurpose.Emergency } => AuditEntryTypes.Emergency,
                _ => AuditEntryTypes.Open,
            },
            grant.Terms.ContentId,
            grant.Hash,
            request.RequestId,
            request.Indices,
            nowMs
        );
}
