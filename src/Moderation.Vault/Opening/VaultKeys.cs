// What the vault process holds for as long as it lives: its keys in guarded memory, and its files.
using Moderation.Evidence;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Opening;

/// <summary>The keys of role 1 and the signing key; Dispose erases them.</summary>
internal sealed record VaultKeys(KeyShelf Recipients, CoseSigner Signing) : IDisposable
{
    public void Dispose()
    {
        Recipients.Dispose();
        Signing.Dispose();
    }
}

/// <summary>The append-only files.</summary>
internal sealed record VaultStorage(
    OpeningLog Openings,
    SpentReleases Spent,
    VerifiedBundles Verified,
    DestroyedBundles Destroyed
);
