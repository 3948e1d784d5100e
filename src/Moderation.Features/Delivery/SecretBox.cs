// Keeps webhook secrets unreadable at rest: AES-256-GCM under a key that lives in a file and never in the database.
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Moderation.Domain.Enforcements;

namespace Moderation.Features.Delivery;

public sealed class SecretBox
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private readonly Lazy<byte[]> _key;

    /// <param name="configuration">`Keys:Secrets` names the file of exactly 32 bytes; it is read at the first use.</param>
    public SecretBox(IConfiguration configuration) => _key = new Lazy<byte[]>(() => ReadKey(configuration));

    /// <summary>version ‖ nonce ‖ tag ‖ ciphertext; bound to the subscription, so that rows cannot be swapped.</summary>
    public byte[] Seal(ReadOnlySpan<byte> secret, SubscriptionId owner)
    {
        var box = new byte[1 + NonceLength + TagLength + secret.Length];
        box[0] = Version;
        var nonce = box.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key.Value, TagLength);
        aes.Encrypt(
            nonce,
            secret,
            box.AsSpan(1 + NonceLength + TagLength),
            box.AsSpan(1 + NonceLength, TagLength),
            owner.Value.ToByteArray(bigEndian: true)
        );
        return box;
    }

    public byte[] Open(ReadOnlySpan<byte> box, SubscriptionId owner)
    {
        if (box.Length < 1 + NonceLength + TagLength || box[0] != Version)
            throw new CryptographicException("A sealed secret has an unknown form.");
        var secret = new byte[box.Length - 1 - NonceLength - TagLength];
        using var aes = new AesGcm(_key.Value, TagLength);
        aes.Decrypt(
            box.Slice(1, NonceLength),
            box[(1 + NonceLength + TagLength)..],
            box.Slice(1 + NonceLength, TagLength),
            secret,
            owner.Value.ToByteArray(bigEndian: true)
        );
        return secret;
    }

    private static byte[] ReadKey(IConfiguration configuration)
    {
        var path = configuration["Keys:Secrets"] ?? throw new InvalidOperationException("Keys:Secrets names no file.");
        var key = File.ReadAllBytes(path);
        return key.Length == 32
            ? key
            : throw new InvalidOperationException("The file that Keys:Secrets names must hold exactly 32 bytes.");
    }
}
