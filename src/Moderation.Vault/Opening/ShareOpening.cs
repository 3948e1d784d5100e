// Opens a wrap with whichever of this process's keys it is for.
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Opening;

internal static class ShareOpening
{
    /// <summary>V5; the caller erases the share.</summary>
    internal static Verdict<byte[]> Open(KeyShelf keys, AuthenticManifest authentic, uint role)
    {
        var wrap = authentic.Manifest.Recipients.FirstOrDefault(wrap => wrap.Role == role);
        return wrap is not null && keys.Find(wrap.Kid) is { } key
            ? BundleOpener.OpenShare(authentic, role, key)
            : new EvidenceRefusal(EvidenceCodes.UnknownRecipientKey, $"Role {role}.");
    }
}
