// Opens a wrap with whichever of this process's keys it is for.
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Vault.Opening;

internal static class KeyRing
{
    /// <summary>V5; the caller erases the share.</summary>
    internal static Verdict<byte[]> OpenShare(IReadOnlyList<KemKeyPair> keys, AuthenticManifest authentic, uint role)
    {
        var wrap = authentic.Manifest.Recipients.FirstOrDefault(wrap => wrap.Role == role);
        var key = keys.FirstOrDefault(key => wrap is not null && key.Kid.AsSpan().SequenceEqual(wrap.Kid));
        return BundleOpener.OpenShare(authentic, role, key ?? keys[0]);
    }
}
