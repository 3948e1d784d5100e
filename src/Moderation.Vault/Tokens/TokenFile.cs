// Says which key of which PKCS#11 token is the custodian's; the PIN is not in it.
using System.Text.Json;
using System.Text.Json.Serialization;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Tokens;

/// <param name="Module">Path of the token's PKCS#11 library.</param>
/// <param name="Token">Label of the token.</param>
/// <param name="KeyId">Hex of CKA_ID: the kid of the key.</param>
/// <param name="PublicKey">Hex of the 65-byte uncompressed point.</param>
internal sealed record TokenFile(string Module, string Token, string KeyId, string PublicKey)
{
    internal static TokenFile Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), TokenJson.Default.TokenFile)
        ?? throw new InvalidDataException($"{path} is empty.");

    internal void Write(string path, FileOwner? owner) =>
        FolderSync.Replace(path, JsonSerializer.SerializeToUtf8Bytes(this, TokenJson.Default.TokenFile), owner);
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(TokenFile))]
internal sealed partial class TokenJson : JsonSerializerContext;
