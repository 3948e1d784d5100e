// The registry as it stands in registry.json: what an administrator of this host lets the process believe.
using System.Text.Json;
using System.Text.Json.Serialization;
using Moderation.Evidence;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Registries;

/// <param name="Peers">User ids that may connect; empty means the user of the process itself.</param>
/// <param name="Relays">Relay keys, valid for every meeting of this installation.</param>
/// <param name="ReceiptKeys">Keys that sign intake receipts.</param>
/// <param name="Recipients">Recipient keys accepted in a manifest (step D5), those of earlier quarters included.</param>
/// <param name="Destroyed">Tombstones: recipient keys that were destroyed and must not come back from a backup.</param>
internal sealed record RegistryFile(
    uint[] Peers,
    AnalystEntry[] Analysts,
    KeyEntry[] Relays,
    KeyEntry[] ReceiptKeys,
    RecipientEntry[] Recipients,
    QuorumFloor[] Quorum,
    DestroyedEntry[]? Destroyed = null
)
{
    internal const string FileName = "registry.json";

    internal static RegistryFile Read(string folder)
    {
        var file =
            JsonSerializer.Deserialize(
                File.ReadAllBytes(Path.Combine(folder, FileName)),
                RegistryJson.Default.RegistryFile
            ) ?? throw new InvalidDataException("An empty registry.");
        return file;
    }

    /// <summary>Old or new, never half: a reader may look at any moment. The owner of the file stays its owner.</summary>
    internal void Write(string folder)
    {
        var path = Path.Combine(folder, FileName);
        FileOwner? owner = File.Exists(path) ? FileOwner.Of(path) : null;
        FolderSync.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, RegistryJson.Default.RegistryFile), owner);
    }
}

/// <param name="Kid">Hex of the thumbprint; repeated so that a person can find it, checked on reading.</param>
/// <param name="Key">Hex of the COSE_Key.</param>
/// <param name="Staff">Whose key it is: two keys of one person are one voice.</param>
internal sealed record AnalystEntry(string Kid, string Key, string Staff, bool Senior);

/// <param name="Kid">Hex of the thumbprint, checked on reading.</param>
/// <param name="Key">Hex of the COSE_Key.</param>
internal sealed record KeyEntry(string Kid, string Key);

/// <param name="Role">1 the vault, 2 the custodian.</param>
/// <param name="Kem">Number of the kem (evidence-bundle.md 5.1).</param>
/// <param name="Kid">Hex of SHA-256 of the public key.</param>
internal sealed record RecipientEntry(uint Role, int Kem, string Kid)
{
    internal static RecipientEntry Of(RecipientKey key) =>
        new(key.Role, (int)key.Kem, Convert.ToHexStringLower(key.Kid));
}

/// <param name="Kid">Hex of the kid of a destroyed recipient key.</param>
/// <param name="AtMs">ms since 1970.</param>
internal sealed record DestroyedEntry(string Kid, ulong AtMs);

/// <summary>How many distinct analysts must approve, by purpose (evidence-bundle.md 19.1).</summary>
/// <param name="Few">Up to this many segments...</param>
/// <param name="ForFew">...so many approvals are enough.</param>
/// <param name="ForMore">Approvals for more segments.</param>
/// <param name="SeniorForAll">Whether one must be a senior when all segments of a bundle with more than few are named.</param>
internal sealed record QuorumFloor(int Purpose, int Few, int ForFew, int ForMore, bool SeniorForAll)
{
    /// <summary>As shipped.</summary>
    internal static QuorumFloor[] Shipped { get; } =
    [
        new(1, 8, 1, 2, true),
        new(2, 8, 1, 2, true),
        new(3, 8, 1, 2, true),
        new(4, 0, 2, 2, false),
        new(5, 0, 2, 2, false),
        new(6, 8, 1, 2, true),
        new(7, 2_048, 1, 1, false),
    ];
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(RegistryFile))]
internal sealed partial class RegistryJson : JsonSerializerContext;
