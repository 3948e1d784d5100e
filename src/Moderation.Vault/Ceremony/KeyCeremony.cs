// Makes every key of a fresh installation, once, each where its one holder reads it.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Vault.Registries;
using Moderation.Vault.Sockets;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

internal static class KeyCeremony
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // A quarter and a week: the next key list is made before this one ends (evidence-bundle.md 18, Rotation).
    private static readonly TimeSpan ListLife = TimeSpan.FromDays(99);

    internal static int Run(string root, TimeProvider clock, TextWriter output)
    {
        Hardening.Apply();
        string[] made =
        [
            FolderLayout.ConfigKey(root),
            FolderLayout.KemKey(FolderLayout.Vault(root)),
            FolderLayout.SigningKey(FolderLayout.Vault(root)),
            Path.Combine(FolderLayout.Vault(root), RegistryFile.FileName),
            FolderLayout.KemKey(FolderLayout.Custodian(root)),
            Path.Combine(FolderLayout.Custodian(root), RegistryFile.FileName),
            FolderLayout.ReceiptKey(root),
            FolderLayout.Public(root, "recipient-keys.cose"),
            FolderLayout.Public(root, "config.pub"),
            FolderLayout.Public(root, "vault.pub"),
            FolderLayout.Public(root, "receipt.pub"),
        ];
        var there = made.Where(File.Exists).ToArray();
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
        Make(root, clock);
        output.WriteLine($"made: {root}");
        return 0;
    }

    /// <summary>Signs the same recipient keys again for another term.</summary>
    internal static int RenewList(string root, TimeProvider clock, TextWriter output)
    {
        Hardening.Apply();
        using var config = ReadSigner(FolderLayout.ConfigKey(root));
        WriteList(root, config, ReadList(root, config).Keys, clock);
        output.WriteLine($"renewed: {FolderLayout.Public(root, "recipient-keys.cose")}");
        return 0;
    }

    private static bool IsListEnding(string root, TimeProvider clock)
    {
        using var config = ReadSigner(FolderLayout.ConfigKey(root));
        return ReadList(root, config).NotAfterMs < (ulong)clock.GetUtcNow().AddDays(7).ToUnixTimeMilliseconds();
    }

    private static RecipientKeyList ReadList(string root, CoseSigner config)
    {
        var path = FolderLayout.Public(root, "recipient-keys.cose");
        return RecipientKeyList.VerifyAtAnyTime(File.ReadAllBytes(path), config.PublicKey)
            ?? throw new InvalidDataException($"{path} is not signed by {FolderLayout.ConfigKey(root)}.");
    }

    private static void Make(string root, TimeProvider clock)
    {
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
        using var vault = KemKeyPair.Generate(Kem.X25519);
        using var custodian = KemKeyPair.Generate(Kem.X25519);
        Write(FolderLayout.ConfigKey(root), config.ExportPrivateKey());
        Write(FolderLayout.SigningKey(vaultFolder), signing.ExportPrivateKey());
        Write(FolderLayout.ReceiptKey(root), receipt.ExportPrivateKey());
        Write(FolderLayout.KemKey(vaultFolder), vault.ExportPrivateKey());
        Write(FolderLayout.KemKey(custodianFolder), custodian.ExportPrivateKey());

        RecipientKey[] recipients =
        [
            new(1, vault.Kem, vault.PublicKey.ToArray()),
            new(2, custodian.Kem, custodian.PublicKey.ToArray()),
        ];
        var registry = new RegistryFile(
            Peers: [],
            Analysts: [],
            Relays: [],
            ReceiptKeys: [new(receipt.PublicKey.KidHex, Convert.ToHexStringLower(receipt.PublicKey.Encode()))],
            Recipients:
            [
                .. recipients.Select(key => new RecipientEntry(
                    key.Role,
                    (int)key.Kem,
                    Convert.ToHexStringLower(key.Kid)
                )),
            ],
            Quorum: QuorumFloor.Shipped
        );
        registry.Write(vaultFolder);
        registry.Write(custodianFolder);
        WritePublic(root, "config.pub", config.PublicKey);
        WritePublic(root, "vault.pub", signing.PublicKey);
        WritePublic(root, "receipt.pub", receipt.PublicKey);
        WriteList(root, config, recipients, clock);
    }

    private static void WriteList(
        string root,
        CoseSigner config,
        IReadOnlyList<RecipientKey> recipients,
        TimeProvider clock
    )
    {
        var now = clock.GetUtcNow();
        var list = new RecipientKeyList(
            (ulong)now.ToUnixTimeMilliseconds(),
            (ulong)now.Add(ListLife).ToUnixTimeMilliseconds(),
            recipients
        );
        FolderSync.Replace(FolderLayout.Public(root, "recipient-keys.cose"), list.Sign(config), owner: null);
    }

    // One line: the hex of the deterministic COSE_Key.
    private static void WritePublic(string root, string name, CoseKey key) =>
        FolderSync.Replace(
            FolderLayout.Public(root, name),
            System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(key.Encode()) + "\n"),
            owner: null
        );

    private static void Write(string path, byte[] privateKey)
    {
        KeyFile.Write(path, privateKey);
        CryptographicOperations.ZeroMemory(privateKey);
    }

    internal static CoseSigner ReadSigner(string path) =>
        KeyFile.Read(path, key => CoseSigner.Import(CoseAlgorithm.Ed25519, key));

    /// <summary>kem.key and, after a rotation, those of earlier quarters: kem-NAME.key.</summary>
    internal static IReadOnlyList<KemKeyPair> ReadKems(string folder)
    {
        var pairs = Directory
            .GetFiles(folder, "kem*.key")
            .Order(StringComparer.Ordinal)
            .Select(path => KeyFile.Read(path, key => KemKeyPair.Import(Kem.X25519, key)))
            .ToArray();
        return pairs.Length > 0 ? pairs : throw new InvalidDataException($"{folder} holds no kem.key.");
    }
}
