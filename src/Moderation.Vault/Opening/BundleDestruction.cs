// Logs that a bundle is destroyed, keeps its tombstone and certifies it; wraps and ciphertext are the API's to delete.
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Vault.Sockets;

namespace Moderation.Vault.Opening;

internal static class BundleDestruction
{
    private const string Method =
        "signed head with both wraps and all ciphertext deleted by the service; tombstone in the vault";

    /// <summary>The caller lets one opening or destruction happen at a time.</summary>
    internal static Verdict<VaultAnswer> Destroy(
        VaultStorage storage,
        CoseSigner signing,
        VaultDestruction asked,
        RequestLog log,
        ulong nowMs
    )
    {
        if (storage.Destroyed.CertificateOf(asked.ContentId) is { } known)
            return VaultAnswer.Done([known], []);
        var entry = new AuditEntry(
            AuditEntryTypes.Destroy,
            asked.ContentId,
            new byte[32],
            new byte[16],
            [],
            nowMs
        ).Encode();
        try
        {
            var certificate = new DestructionCertificate
            {
                Thing = DestroyedThing.Bundle,
                Subject = asked.ContentId,
                Role = 0,
                Kem = 0,
                DestroyedMs = nowMs,
                Reason = asked.Reason,
                Actors = asked.Actors,
                Order = [],
                Bundles = [],
                AuditLeaf = storage.Openings.Append(entry),
                Method = Method,
            }.Sign(signing);
            storage.Destroyed.Add(asked.ContentId, certificate);
            log.Line("destroy", ("content", asked.ContentId));
            return VaultAnswer.Done([certificate], entry);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new EvidenceRefusal(EvidenceCodes.LogUnavailable, fault.GetType().Name);
        }
    }
}
