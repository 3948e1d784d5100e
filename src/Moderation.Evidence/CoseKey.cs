// A public signing key, its thumbprint and the check of a signature.
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Moderation.Evidence;

/// <summary>The two algorithms of section 11; the number is the COSE alg.</summary>
public enum CoseAlgorithm
{
    /// <summary>ECDSA P-256 with SHA-256 (RFC 9864).</summary>
    Esp256 = -9,

    /// <summary>Ed25519 (RFC 9864).</summary>
    Ed25519 = -19,
}

/// <summary>A public signing key with its one fixed algorithm (section 3.2).</summary>
public sealed class CoseKey
{
    // y-coordinates of the small-order points and of their non-canonical encodings, sign bit cleared.
    private static readonly string[] SmallOrder =
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    private readonly byte[] publicKey;
    private readonly byte[] encoded;
    private readonly byte[] kid;

    // Importing costs about as much as hashing a manifest; null when the bytes are no point of the curve.
    private readonly Lazy<NSec.Cryptography.PublicKey?> imported;

    private CoseKey(CoseAlgorithm algorithm, byte[] publicKey)
    {
        Algorithm = algorithm;
        this.publicKey = publicKey;
        encoded = CborForm.Write(writer =>
        {
            var isEd25519 = algorithm == CoseAlgorithm.Ed25519;
            writer.WriteStartMap(isEd25519 ? 3 : 4);
            writer.Member(1, isEd25519 ? 1UL : 2UL).Member(-1, isEd25519 ? 6UL : 1UL);
            writer.Member(-2, isEd25519 ? publicKey : publicKey.AsSpan(1, 32));
            if (!isEd25519)
                writer.Member(-3, publicKey.AsSpan(33, 32));
            writer.WriteEndMap();
        });
        kid = SHA256.HashData(encoded);
        imported = new Lazy<NSec.Cryptography.PublicKey?>(() =>
            NSec.Cryptography.PublicKey.TryImport(
                SignatureAlgorithm.Ed25519,
                publicKey,
                KeyBlobFormat.RawPublicKey,
                out var key
            )
                ? key
                : null
        );
    }

    public CoseAlgorithm Algorithm { get; }

    /// <summary>32 bytes for Ed25519; 04 || x || y for P-256.</summary>
    public ReadOnlySpan<byte> PublicKey => publicKey;

    /// <summary>The RFC 9679 thumbprint: SHA-256 of <see cref="Encode"/>; 32 bytes.</summary>
    public ReadOnlySpan<byte> Kid => kid;

    /// <summary>The kid as lower-case hex, for dictionaries and logs.</summary>
    public string KidHex => Convert.ToHexStringLower(kid);

    /// <summary>Makes a key from its public bytes; null when they are no valid key (length, off the curve, small order).</summary>
    public static CoseKey? From(CoseAlgorithm algorithm, ReadOnlySpan<byte> publicKey) =>
        algorithm switch
        {
            CoseAlgorithm.Ed25519 when publicKey.Length == 32 && !IsSmallOrder(publicKey) => new CoseKey(
                algorithm,
                publicKey.ToArray()
            ),
            CoseAlgorithm.Esp256 when P256.IsPoint(publicKey) => new CoseKey(algorithm, publicKey.ToArray()),
            _ => null,
        };

    /// <summary>Reads a COSE_Key: exactly the deterministic map of section 3.2; null for anything else.</summary>
    public static CoseKey? Parse(ReadOnlyMemory<byte> encoded)
    {
        var key = CborForm.Read(
            encoded,
            reader =>
            {
                var members = reader.ReadStartMap();
                reader.Key(1);
                var keyType = reader.ReadUInt64();
                reader.Key(-1);
                var curve = reader.ReadUInt64();
                reader.Key(-2);
                var x = reader.Bytes(32);
                CoseKey? parsed = null;
                if ((members, keyType, curve) == (3, 1, 6))
                    parsed = From(CoseAlgorithm.Ed25519, x);
                else if ((members, keyType, curve) == (4, 2, 1))
                {
                    reader.Key(-3);
                    parsed = From(CoseAlgorithm.Esp256, [4, .. x, .. reader.Bytes(32)]);
                }
                if (parsed is not null)
                    reader.ReadEndMap();
                return parsed;
            }
        );
        return key;
    }

    /// <summary>The deterministic COSE_Key map.</summary>
    public byte[] Encode() => (byte[])encoded.Clone();

    /// <summary>True when the 64-byte signature over exactly these bytes is this key's.</summary>
    public bool Verify(ReadOnlySpan<byte> signedBytes, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 64)
            return false;
        if (Algorithm == CoseAlgorithm.Ed25519)
            return imported.Value is { } key && SignatureAlgorithm.Ed25519.Verify(key, signedBytes, signature);
        using var ecdsa = ECDsa.Create(P256.PublicParameters(publicKey));
        return ecdsa.VerifyData(
            signedBytes,
            signature,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
    }

    private static bool IsSmallOrder(ReadOnlySpan<byte> publicKey)
    {
        Span<byte> y = stackalloc byte[32];
        publicKey.CopyTo(y);
        y[31] &= 0x7f;
        return SmallOrder.Contains(Convert.ToHexStringLower(y));
    }
}
