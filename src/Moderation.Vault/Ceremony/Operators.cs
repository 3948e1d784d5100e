// The people who may order the destruction of a key: public halves here, private halves each on its owner's own medium.
using System.Text.Json;
using System.Text.Json.Serialization;
using Moderation.Evidence;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

/// <param name="Name">Who; two keys of one name are one voice.</param>
/// <param name="Kid">Hex of the thumbprint.</param>
/// <param name="Key">Hex of the COSE_Key.</param>
internal sealed record Operator(string Name, string Kid, string Key);

internal static class Operators
{
    /// <summary>Makes a key for one operator and registers its public half.</summary>
    internal static int Add(string root, string name, string file, TextWriter output)
    {
        if (name.Length is 0 or > 64 || name.Any(char.IsControl))
            throw new UsageException("NAME has 1 to 64 printable characters.");
        using var signer = CoseSigner.Generate();
        var secret = signer.ExportPrivateKey();
        KeyFile.Write(file, secret);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        var entry = new Operator(name, signer.PublicKey.KidHex, Convert.ToHexStringLower(signer.PublicKey.Encode()));
        FolderSync.Replace(
            PathOf(root),
            JsonSerializer.SerializeToUtf8Bytes([.. Read(root), entry], OperatorJson.Default.OperatorArray),
            owner: null
        );
        output.WriteLine($"operator {name} {entry.Kid}");
        return 0;
    }

    internal static Operator[] Read(string root) =>
        File.Exists(PathOf(root))
            ? JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(root)), OperatorJson.Default.OperatorArray) ?? []
            : [];

    /// <summary>Whose key this is.</summary>
    /// <exception cref="UsageException">Of nobody registered.</exception>
    internal static Operator Of(string root, CoseSigner signer) =>
        Array.Find(Read(root), entry => entry.Kid == signer.PublicKey.KidHex)
        ?? throw new UsageException("That key is of no registered operator (keys operator).");

    internal static CoseKey? KeyOf(Operator[] operators, string kid) =>
        Array.Find(operators, entry => entry.Kid == kid) is { } found
        && CoseKey.Parse(Convert.FromHexString(found.Key)) is { } key
        && key.KidHex == kid
            ? key
            : null;

    private static string PathOf(string root) => Path.Combine(root, "config", "operators.json");
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(Operator[]))]
internal sealed partial class OperatorJson : JsonSerializerContext;
