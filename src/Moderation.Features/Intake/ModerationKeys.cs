// Reads the key files that intake works with: the signed list of recipient keys and the key that signs receipts.
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
            ? new SignedRecipientKeys(bytes, keys)
            : null;
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
public sealed record SignedRecipientKeys(byte[] Bytes, RecipientKeyList List)
{
    public IReadOnlyList<AcceptedRecipient> Accepted =>
        [.. List.Keys.Select(key => new AcceptedRecipient(key.Role, key.Kem, key.Kid))];
}
