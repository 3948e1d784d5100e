// One private key under a passphrase: Argon2id to a key, XChaCha20-Poly1305 over the 32 bytes, the kid bound to it.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Geralt;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

/// <summary>A key out of its backup; the caller zeroes the secret.</summary>
/// <param name="Place">Path below the installation folder.</param>
internal sealed record OpenedKey(string Place, string Kid, byte[] Secret);

/// <param name="Format">moderation-key-backup/1.</param>
/// <param name="Memory">Argon2id memory in bytes.</param>
internal sealed record SealedKeyFile(
    string Format,
    string Place,
    string Kid,
    int Iterations,
    int Memory,
    string Salt,
    string Nonce,
    string Ciphertext
);

internal static class SealedKey
{
    private const string Format = "moderation-key-backup/1";
    private const int Iterations = 3;
    private const int Memory = 64 * 1024 * 1024;
    private const int MostMemory = 1024 * 1024 * 1024;
    private const int ShortestPassphrase = 12;
    private const int TagLength = 16;

    internal delegate string KidOf(string place, ReadOnlySpan<byte> secret);

    /// <summary>From a file, else from the environment; never from an argument.</summary>
    internal static byte[] ReadPassphrase(string? file)
    {
        var text = file is not null
            ? File.ReadAllText(file).TrimEnd('\n', '\r')
            : Environment.GetEnvironmentVariable(KeyBackup.PassphraseVariable);
        return text is { Length: >= ShortestPassphrase }
            ? Encoding.UTF8.GetBytes(text)
            : throw new UsageException(
                $"a passphrase of {ShortestPassphrase} characters or more is needed: --passphrase-file FILE, or {KeyBackup.PassphraseVariable}"
            );
    }

    internal static byte[] Seal(string place, string kid, string keyFile, byte[] passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(Argon2id.SaltSize);
        var nonce = RandomNumberGenerator.GetBytes(XChaCha20Poly1305.NonceSize);
        var ciphertext = KeyFile.Read(
            keyFile,
            secret =>
            {
                var sealedBytes = new byte[secret.Length + TagLength];
                using var key = Derive(passphrase, salt, Iterations, Memory);
                XChaCha20Poly1305.Encrypt(sealedBytes, secret, nonce, key.AsSpan(), Bound(place, kid));
                return sealedBytes;
            }
        );
        var file = new SealedKeyFile(
            Format,
            place,
            kid,
            Iterations,
            Memory,
            Convert.ToHexStringLower(salt),
            Convert.ToHexStringLower(nonce),
            Convert.ToHexStringLower(ciphertext)
        );
        return JsonSerializer.SerializeToUtf8Bytes(file, SealedKeyJson.Default.SealedKeyFile);
    }

    /// <summary>Null when the file is damaged, of another kind, or under another passphrase.</summary>
    internal static OpenedKey? Open(string path, byte[] passphrase, KidOf kidOf)
    {
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(path), SealedKeyJson.Default.SealedKeyFile);
            if (file is null || file.Format != Format || file.Memory > MostMemory || !IsPlace(file.Place))
                return null;
            var ciphertext = Convert.FromHexString(file.Ciphertext);
            if (ciphertext.Length != KeyFile.Length + TagLength)
                return null;
            var secret = new byte[KeyFile.Length];
            using var key = Derive(passphrase, Convert.FromHexString(file.Salt), file.Iterations, file.Memory);
            XChaCha20Poly1305.Decrypt(
                secret,
                ciphertext,
                Convert.FromHexString(file.Nonce),
                key.AsSpan(),
                Bound(file.Place, file.Kid)
            );
            var kid = kidOf(file.Place, secret);
            return kid == file.Kid ? new OpenedKey(file.Place, kid, secret) : null;
        }
        catch (Exception fault)
            when (fault is JsonException or FormatException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    // A backup is a file from outside: it names one of our key files and nothing else.
    private static bool IsPlace(string place) =>
        place.Split('/') is [var folder, var name]
        && folder is "vault" or "custodian" or "config"
        && name.EndsWith(".key", StringComparison.Ordinal)
        && !name.Contains("..", StringComparison.Ordinal);

    private static GuardedHeapAllocation Derive(byte[] passphrase, byte[] salt, int iterations, int memory)
    {
        var key = new GuardedHeapAllocation(XChaCha20Poly1305.KeySize);
        Argon2id.DeriveKey(key.AsSpan(), passphrase, salt, iterations, memory);
        return key;
    }

    private static byte[] Bound(string place, string kid) => Encoding.UTF8.GetBytes($"{Format}\0{place}\0{kid}");
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(SealedKeyFile))]
internal sealed partial class SealedKeyJson : JsonSerializerContext;
