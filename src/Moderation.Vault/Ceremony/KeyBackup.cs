// Backups of the private keys, one sealed file a key, so that a destroyed key's copy can be destroyed alone (sdk-and-cli.md 5.5).
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Vault.Registries;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

internal static class KeyBackup
{
    internal const string PassphraseVariable = "MODERATION_BACKUP_PASSPHRASE";
    private const string Extension = ".keybackup";
    private const string ProofName = "key-backup.json";

    /// <summary>Seals every private key that lies in a file; a token's key is the token's to back up.</summary>
    internal static int Make(string root, string into, string? passphraseFile, TextWriter output)
    {
        var passphrase = SealedKey.ReadPassphrase(passphraseFile);
        var gone = Tombstones(root);
        Directory.CreateDirectory(into);
        var made = 0;
        foreach (var path in KeyPaths(root))
        {
            var place = Path.GetRelativePath(root, path);
            var kid = KidOf(place, path);
            if (gone.Contains(kid))
                continue;
            var target = Path.Combine(into, kid + Extension);
            FolderSync.Replace(target, SealedKey.Seal(place, kid, path, passphrase), owner: null);
            output.WriteLine($"backed up {place} {kid}");
            made++;
        }
        CryptographicOperations.ZeroMemory(passphrase);
        output.WriteLine($"{made} key(s) in {into}; not proven until: keys verify-backup");
        return 0;
    }

    /// <summary>Opens every file and compares its key with its kid; only then does the installation count it as backed up.</summary>
    internal static int Prove(string root, string from, string? passphraseFile, TimeProvider clock, TextWriter output)
    {
        var passphrase = SealedKey.ReadPassphrase(passphraseFile);
        var gone = Tombstones(root);
        var (proven, bad) = (new SortedSet<string>(StringComparer.Ordinal), 0);
        foreach (var path in Copies(from))
        {
            var kid = Path.GetFileNameWithoutExtension(path);
            if (gone.Contains(kid))
                output.WriteLine($"holds a DESTROYED key; erase this file: {path}");
            else if (SealedKey.Open(path, passphrase, KidOf) is { } opened && opened.Kid == kid)
                proven.Add(kid);
            else
                output.WriteLine($"does not open or is another key: {path}");
            bad += proven.Contains(kid) ? 0 : 1;
        }
        CryptographicOperations.ZeroMemory(passphrase);
        string[] missing =
        [
            .. KeyPaths(root).Select(path => KidOf(Path.GetRelativePath(root, path), path)).Except(proven),
        ];
        foreach (var kid in missing)
            output.WriteLine($"not in this backup: {kid}");
        var kids = new JsonArray([.. proven.Select(kid => (JsonNode)kid)]);
        var at = clock.GetUtcNow().ToUnixTimeMilliseconds();
        FolderSync.Replace(
            FolderLayout.Public(root, ProofName),
            System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["proven_ms"] = at, ["kids"] = kids }.ToJsonString()),
            owner: null,
            FolderSync.Everybody
        );
        output.WriteLine(
            new JsonObject
            {
                ["ok"] = bad + missing.Length == 0,
                ["proven"] = proven.Count,
                ["bad"] = bad,
                ["missing"] = missing.Length,
            }.ToJsonString()
        );
        return bad + missing.Length == 0 ? 0 : 2;
    }

    /// <summary>Puts back keys that are missing. A destroyed one stays destroyed, one that is there stays as it is.</summary>
    internal static int Restore(string root, string from, string? passphraseFile, bool isDry, TextWriter output)
    {
        var passphrase = SealedKey.ReadPassphrase(passphraseFile);
        var gone = Tombstones(root);
        var bad = 0;
        foreach (var path in Copies(from))
        {
            var kid = Path.GetFileNameWithoutExtension(path);
            if (gone.Contains(kid))
            {
                output.WriteLine($"refused, destroyed: {kid}");
                bad++;
                continue;
            }
            if (SealedKey.Open(path, passphrase, KidOf) is not { } opened || opened.Kid != kid)
            {
                output.WriteLine($"does not open or is another key: {path}");
                bad++;
                continue;
            }
            var target = Path.Combine(root, opened.Place);
            if (File.Exists(target))
                output.WriteLine($"there already: {opened.Place}");
            else if (isDry)
                output.WriteLine($"would restore {opened.Place} {kid}");
            else
            {
                KeyFile.Write(target, opened.Secret);
                FileOwner.Of(Path.GetDirectoryName(target)!).GiveTo(target);
                output.WriteLine($"restored {opened.Place} {kid}");
            }
            CryptographicOperations.ZeroMemory(opened.Secret);
        }
        CryptographicOperations.ZeroMemory(passphrase);
        return bad == 0 ? 0 : 2;
    }

    /// <summary>Kids that a backup was proven to hold, in hex.</summary>
    internal static IReadOnlySet<string> ReadProven(string root)
    {
        var path = FolderLayout.Public(root, ProofName);
        return File.Exists(path)
            ? JsonNode.Parse(File.ReadAllBytes(path))!["kids"]!.AsArray().Select(kid => (string)kid!).ToHashSet()
            : new HashSet<string>();
    }

    /// <summary>Overwrites and removes the copies of one key.</summary>
    /// <returns>How many there were.</returns>
    internal static int EraseCopies(string folder, string kid)
    {
        string[] copies = [.. Copies(folder).Where(path => Path.GetFileNameWithoutExtension(path) == kid)];
        foreach (var copy in copies)
            KeyFile.Erase(copy);
        return copies.Length;
    }

    private static string[] Copies(string folder) =>
        Directory.GetFiles(folder, "*" + Extension, SearchOption.AllDirectories);

    private static IEnumerable<string> KeyPaths(string root)
    {
        string[] folders = [FolderLayout.Vault(root), FolderLayout.Custodian(root)];
        return folders
            .SelectMany(KeyShelf.Files)
            .Where(path => path.EndsWith(".key", StringComparison.Ordinal))
            .Append(FolderLayout.SigningKey(FolderLayout.Vault(root)))
            .Append(FolderLayout.ConfigKey(root));
    }

    private static string KidOf(string place, string path)
    {
        if (!Path.GetFileName(place).StartsWith("kem", StringComparison.Ordinal))
            using (var signer = KeyCeremony.ReadSigner(path))
                return signer.PublicKey.KidHex;
        using var pair = KeyShelf.Read(path);
        return Convert.ToHexStringLower(pair.Kid);
    }

    private static string KidOf(string place, ReadOnlySpan<byte> secret)
    {
        if (!Path.GetFileName(place).StartsWith("kem", StringComparison.Ordinal))
            using (var signer = CoseSigner.Import(CoseAlgorithm.Ed25519, secret))
                return signer.PublicKey.KidHex;
        using var pair = Evidence.Opening.KemKeyPair.Import(KeyShelf.KemOf(place), secret);
        return Convert.ToHexStringLower(pair.Kid);
    }

    // From the registries, and from the certificates in case a registry itself came out of a backup.
    private static HashSet<string> Tombstones(string root)
    {
        var gone = FolderLayout
            .Registries.Select(name => RegistryFile.Read(Path.Combine(root, name)))
            .SelectMany(registry => registry.Destroyed ?? [])
            .Select(entry => entry.Kid)
            .ToHashSet(StringComparer.Ordinal);
        var certificates = FolderLayout.Public(root, "destroyed");
        if (!Directory.Exists(certificates))
            return gone;
        using var config = KeyCeremony.ReadSigner(FolderLayout.ConfigKey(root));
        foreach (var path in Directory.GetFiles(certificates, "*.cose"))
            if (
                DestructionCertificate.Verify(File.ReadAllBytes(path), config.PublicKey) is
                { Thing: DestroyedThing.RecipientKey } certificate
            )
                gone.Add(Convert.ToHexStringLower(certificate.Subject));
        return gone;
    }
}
