// A private signing key of a device, analyst, relay, intake or vault.
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Moderation.Evidence;

/// <summary>Signs with Ed25519 or P-256. Dispose erases the private key.</summary>
public sealed class CoseSigner : IDisposable
{
    private readonly Key? ed25519;
    private readonly ECDsa? p256;

    private CoseSigner(Key ed25519)
    {
        this.ed25519 = ed25519;
        PublicKey = CoseKey.From(CoseAlgorithm.Ed25519, ed25519.Export(KeyBlobFormat.RawPublicKey))!;
    }

    private CoseSigner(ECDsa p256)
    {
        this.p256 = p256;
        PublicKey = CoseKey.From(CoseAlgorithm.Esp256, P256.PointOf(p256.ExportParameters(false)))!;
    }

    /// <summary>The public half, with its kid.</summary>
    public CoseKey PublicKey { get; }

    /// <summary>Makes a new key.</summary>
    public static CoseSigner Generate(CoseAlgorithm algorithm = CoseAlgorithm.Ed25519)
    {
        if (algorithm == CoseAlgorithm.Esp256)
            return new CoseSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        return new CoseSigner(Key.Create(SignatureAlgorithm.Ed25519, Exportable));
    }

    /// <summary>Takes a 32-byte private key: the Ed25519 seed or the P-256 scalar.</summary>
    /// <exception cref="ArgumentException">It is no private key of that algorithm.</exception>
    public static CoseSigner Import(CoseAlgorithm algorithm, ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != 32)
            throw new ArgumentException("A private key has 32 bytes.", nameof(privateKey));
        if (algorithm == CoseAlgorithm.Ed25519)
            return new CoseSigner(
                Key.Import(SignatureAlgorithm.Ed25519, privateKey, KeyBlobFormat.RawPrivateKey, Exportable)
            );
        var parameters = P256.PrivateParameters(privateKey);
        try
        {
            return new CoseSigner(ECDsa.Create(parameters));
        }
        catch (CryptographicException e)
        {
            throw new ArgumentException("Not a P-256 private key.", nameof(privateKey), e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    /// <summary>The 32 private bytes, for the caller's key file; the caller zeroes them.</summary>
    public byte[] ExportPrivateKey()
    {
        if (ed25519 is not null)
            return ed25519.Export(KeyBlobFormat.RawPrivateKey);
        return p256!.ExportParameters(true).D!;
    }

    /// <summary>Signs the bytes as they are; 64 bytes (r || s for P-256).</summary>
    public byte[] Sign(ReadOnlySpan<byte> bytes) =>
        ed25519 is not null
            ? SignatureAlgorithm.Ed25519.Sign(ed25519, bytes)
            : p256!.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose()
    {
        ed25519?.Dispose();
        p256?.Dispose();
    }

    private static KeyCreationParameters Exportable => new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
}
