// Reads the key files that intake works with: the signed list of recipient keys and the key that signs receipts.
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Moderation.Evidence;

namespace Moderation.Features.Intake;

/// <summary>`Keys:Public` is a folder with `recipient-keys.cose` and `config.pub`; `Keys:Receipt` a file of 32 bytes.</summary>
public sealed class ModerationKeys(IConfiguration configuration, TimeProvider clock) : IDisposable
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly Lazy<CoseSigner> receipt = new(() => ReadSigner(Require(configuration, "Keys:Receipt")));

    /// <summary>Signs intake receipts; its public half is in the vault's registry.</summary>
    public CoseSigner Receipt => receipt.Value;

    /// <summary>Whether there is an audit log whose checkpoints receipts name.</summary>
    public bool HasLog => configuration["Keys:Log"] is { Length: > 0 };

    /// <summary>The list as it was signed, or null when it is missing, badly signed or not valid now.</summary>
    public SignedRecipientKeys? ReadRecipients()
    {
        // Read every time: the ceremony replaces the file while the server runs, and it is a few hundred bytes.
        var folder = Require(configuration, "Keys:Public");
        var (list, key) = (Path.Combine(folder, "recipient-keys.cose"), Path.Combine(folder, "config.pub"));
        if (!File.Exists(list) || !File.Exists(key))
            return null;
        var bytes = File.ReadAllBytes(list);
        var now = (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds();
        return ReadPublic(key) is { } signer && RecipientKeyList.Verify(bytes, signer, now) is { } keys
            ? new SignedRecipientKeys(bytes, keys, ReadEarlier(folder, signer, now))
            : null;
    }

    // Lists from before a rotation: a client that holds one may seal to its keys until it ends (evidence-bundle.md 5.3).
    private static List<RecipientKeyList> ReadEarlier(string folder, CoseKey signer, ulong now)
    {
        List<RecipientKeyList> lists = [];
        var earlier = new DirectoryInfo(Path.Combine(folder, "earlier"));
        if (!earlier.Exists)
            return lists;
        foreach (var file in earlier.GetFiles("*.cose"))
            try
            {
                if (RecipientKeyList.Verify(File.ReadAllBytes(file.FullName), signer, now) is { } list)
                    lists.Add(list);
            }
            catch (FileNotFoundException)
            {
                // Its keys were retired between the look at the folder and this one.
            }
        return lists;
    }

    /// <summary>How many keys of the current list no backup was proven to hold. A key in a token does not count: it is the
    /// token's to back up.</summary>
    public int ReadUnprovenBackups()
    {
        if (ReadRecipients() is not { } recipients)
            return 0; // that there is no list shows elsewhere
        var path = Path.Combine(Require(configuration, "Keys:Public"), "key-backup.json");
        HashSet<string> proven = [];
        if (File.Exists(path))
            using (var proof = JsonDocument.Parse(File.ReadAllBytes(path)))
                proven = [.. proof.RootElement.GetProperty("kids").EnumerateArray().Select(kid => kid.GetString()!)];
        return recipients.List.Keys.Count(key =>
            key.Kem != Kem.P256 && !proven.Contains(Convert.ToHexStringLower(key.Kid))
        );
    }

    public void Dispose()
    {
        if (receipt.IsValueCreated)
            receipt.Value.Dispose();
    }

    // One line: the hex of the COSE_Key.
    private static CoseKey? ReadPublic(string path)
    {
        var text = File.ReadAllText(path).Trim();
        try
        {
            return CoseKey.Parse(Convert.FromHexString(text));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static CoseSigner ReadSigner(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            throw new InvalidDataException("The receipt key must be readable by its owner alone (mode 0600).");
        var bytes = File.ReadAllBytes(path);
        try
        {
            return CoseSigner.Import(CoseAlgorithm.Ed25519, bytes);
        }
        finally
        {
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string Require(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } value ? value : throw new InvalidOperationException($"{key} is not set.");
}

/// <summary>The signed list of evidence-bundle.md 5.3: its bytes as clients get them, and what it says.</summary>
/// <param name="Bytes">The list as it was signed.</param>
/// <param name="List">What it says.</param>
/// <param name="Earlier">Lists from before a rotation that have not ended.</param>
public sealed record SignedRecipientKeys(byte[] Bytes, RecipientKeyList List, IReadOnlyList<RecipientKeyList> Earlier)
{
    /// <summary>What a manifest may be sealed to now (step D5).</summary>
    public IReadOnlyList<AcceptedRecipient> Accepted =>
        [
            .. Earlier
                .Prepend(List)
                .SelectMany(list => list.Keys)
                .Select(key => new AcceptedRecipient(key.Role, key.Kem, key.Kid))
                .DistinctBy(key => Convert.ToHexString(key.Kid)),
        ];
}
