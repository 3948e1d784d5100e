// Makes every key of a fresh installation, once, each where its one holder reads it.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Vault.Registries;
using Moderation.Vault.Sockets;
using Moderation.Vault.Storage;
using Moderation.Vault.Tokens;

namespace Moderation.Vault.Ceremony;

internal static class KeyCeremony
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <param name="Root">The installation folder.</param>
    /// <param name="IsStandard">X-Wing for the vault in place of X25519 (evidence-bundle.md 18).</param>
    /// <param name="Token">Where the custodian's key is made; null for a key in a file.</param>
    internal sealed record Plan(string Root, bool IsStandard, TokenPlace? Token);

    internal static int Run(Plan plan, TimeProvider clock, TextWriter output)
    {
        Hardening.Apply();
        var root = plan.Root;
        string[] made =
        [
            FolderLayout.ConfigKey(root),
            FolderLayout.SigningKey(FolderLayout.Vault(root)),
            Path.Combine(FolderLayout.Vault(root), RegistryFile.FileName),
            Path.Combine(FolderLayout.Custodian(root), RegistryFile.FileName),
            FolderLayout.ReceiptKey(root),
            KeyLists.CurrentPath(root),
            FolderLayout.Public(root, "config.pub"),
            FolderLayout.Public(root, "vault.pub"),
            FolderLayout.Public(root, "receipt.pub"),
        ];
        string[] folders = [FolderLayout.Vault(root), FolderLayout.Custodian(root)];
        var there = made.Where(File.Exists)
            .Concat(folders.Where(folder => Directory.Exists(folder) && KeyShelf.Files(folder).Any()))
            .ToArray();
        made = [.. made, .. folders];
        if (there.Length == made.Length)
        {
            output.WriteLine($"complete already: {root}");
            return IsListEnding(root, clock) ? RenewList(root, clock, output) : 0;
        }
        if (there.Length > 0)
        {
            // Half a ceremony is not mended: a second key beside a first would leave two truths.
            output.WriteLine($"incomplete: {string.Join(", ", made.Except(there))}; move {root} away and start again");
            return 2;
        }
        Make(plan, clock);
        output.WriteLine(
            $"made: {root}, level {(plan.IsStandard && plan.Token is not null ? "standard" : plan.IsStandard || plan.Token is not null ? "mixed" : "development")}"
        );
        return 0;
    }

    /// <summary>Signs the same recipient keys again for another term.</summary>
    internal static int RenewList(string root, TimeProvider clock, TextWriter output)
    {
        Hardening.Apply();
        using var config = ReadSigner(FolderLayout.ConfigKey(root));
        KeyLists.Write(root, config, KeyLists.Current(root, config.PublicKey).Keys, clock.GetUtcNow());
        output.WriteLine($"renewed: {KeyLists.CurrentPath(root)}");
        return 0;
    }

    private static bool IsListEnding(string root, TimeProvider clock)
    {
        using var config = ReadSigner(FolderLayout.ConfigKey(root));
        return KeyLists.Current(root, config.PublicKey).NotAfterMs
            < (ulong)clock.GetUtcNow().AddDays(7).ToUnixTimeMilliseconds();
    }

    private static void Make(Plan plan, TimeProvider clock)
    {
        var root = plan.Root;
        var (vaultFolder, custodianFolder) = (FolderLayout.Vault(root), FolderLayout.Custodian(root));
        string[] folders =
        [
            root,
            Path.Combine(root, "config"),
            vaultFolder,
            FolderLayout.Log(vaultFolder),
            FolderLayout.State(vaultFolder),
            custodianFolder,
            FolderLayout.Log(custodianFolder),
            FolderLayout.State(custodianFolder),
            Path.Combine(root, "server"),
            Path.Combine(root, "public"),
        ];
        foreach (var folder in folders)
            Directory.CreateDirectory(folder, OwnerOnly);

        using var config = CoseSigner.Generate();
        using var signing = CoseSigner.Generate();
        using var receipt = CoseSigner.Generate();
        Write(FolderLayout.ConfigKey(root), config.ExportPrivateKey());
        Write(FolderLayout.SigningKey(vaultFolder), signing.ExportPrivateKey());
        Write(FolderLayout.ReceiptKey(root), receipt.ExportPrivateKey());
        RecipientKey[] recipients =
        [
            MakeKey(1, vaultFolder, plan.IsStandard ? Kem.XWing : Kem.X25519, name: null),
            plan.Token is { } token
                ? token.MakeKey(custodianFolder, name: null)
                : MakeKey(2, custodianFolder, Kem.X25519, name: null),
        ];
        var registry = new RegistryFile(
            Peers: [],
            Analysts: [],
            Relays: [],
            ReceiptKeys: [new(receipt.PublicKey.KidHex, Convert.ToHexStringLower(receipt.PublicKey.Encode()))],
            Recipients: [.. recipients.Select(RecipientEntry.Of)],
            Quorum: QuorumFloor.Shipped
        );
        registry.Write(vaultFolder);
        registry.Write(custodianFolder);
        WritePublic(root, "config.pub", config.PublicKey);
        WritePublic(root, "vault.pub", signing.PublicKey);
        WritePublic(root, "receipt.pub", receipt.PublicKey);
        KeyLists.Write(root, config, recipients, clock.GetUtcNow());
    }

    /// <summary>Makes a recipient key in a file that belongs to whoever the folder belongs to.</summary>
    internal static RecipientKey MakeKey(uint role, string folder, Kem kem, string? name)
    {
        using var pair = KemKeyPair.Generate(kem);
        var path = KeyShelf.PathOf(folder, kem, name);
        Write(path, pair.ExportPrivateKey());
        FileOwner.Of(folder).GiveTo(path);
        FolderSync.Flush(folder);
        return new RecipientKey(role, kem, pair.PublicKey.ToArray());
    }

    // One line: the hex of the deterministic COSE_Key.
    private static void WritePublic(string root, string name, CoseKey key) =>
        FolderSync.Replace(
            FolderLayout.Public(root, name),
            System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(key.Encode()) + "\n"),
            owner: null,
            FolderSync.Everybody
        );

    private static void Write(string path, byte[] privateKey)
    {
        KeyFile.Write(path, privateKey);
        CryptographicOperations.ZeroMemory(privateKey);
    }

    internal static CoseSigner ReadSigner(string path) =>
        KeyFile.Read(path, key => CoseSigner.Import(CoseAlgorithm.Ed25519, key));
}
