// A recipient's private key in guarded memory, with the opening half of HPKE.
using System.Security.Cryptography;
using Geralt;

namespace Moderation.Evidence.Opening;

/// <summary>A KEM key pair of vault, custodian, analyst or court (section 8). Dispose erases the private key.</summary>
public sealed class KemKeyPair : IRecipientKey
{
    private readonly GuardedHeapAllocation privateKey;
    private readonly byte[] publicKey;

    private KemKeyPair(Kem kem, GuardedHeapAllocation privateKey, byte[] publicKey)
    {
        Kem = kem;
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        Kid = Hpke.KidOf(publicKey);
        privateKey.ReadOnly();
    }

    public Kem Kem { get; }

    /// <summary>The serialized public key (section 5.1).</summary>
    public ReadOnlySpan<byte> PublicKey => publicKey;

    /// <summary>SHA-256 of the public key.</summary>
    public byte[] Kid { get; }

    /// <summary>Makes a new key pair.</summary>
    public static KemKeyPair Generate(Kem kem)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (kem == Kem.P256)
        {
            using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            var parameters = key.ExportParameters(true);
            parameters.D.CopyTo(bytes);
            CryptographicOperations.ZeroMemory(parameters.D);
        }
        else
        {
            RandomNumberGenerator.Fill(bytes);
        }
        var pair = Import(kem, bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return pair;
    }

    /// <summary>Takes the 32 private bytes: X25519 key, P-256 scalar, or X-Wing seed.</summary>
    /// <exception cref="ArgumentException">It is no private key of that kem.</exception>
    public static KemKeyPair Import(Kem kem, ReadOnlySpan<byte> privateKey)
    {
        if (privateKey.Length != 32)
            throw new ArgumentException("A private key has 32 bytes.", nameof(privateKey));
        var guarded = new GuardedHeapAllocation(32);
        privateKey.CopyTo(guarded.AsSpan());
        try
        {
            return new KemKeyPair(kem, guarded, PublicKeyOf(kem, guarded.AsSpan()));
        }
        catch (CryptographicException e)
        {
            guarded.Dispose();
            throw new ArgumentException("Not a private key of this kem.", nameof(privateKey), e);
        }
    }

    /// <summary>Copies the 32 private bytes, for the caller's key file; the caller zeroes them.</summary>
    public byte[] ExportPrivateKey() => privateKey.AsSpan().ToArray();

    /// <summary>Opens what <see cref="Hpke.Seal"/> sealed; null for any failure, the all-zero agreement included.</summary>
    public byte[]? Open(
        ReadOnlySpan<byte> enc,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> ciphertext
    )
    {
        if (enc.Length != Hpke.EncLength(Kem))
            return null;
        Span<byte> secret = stackalloc byte[32];
        try
        {
            return Decapsulate(enc, secret) ? HpkeOpening.Open(Kem, secret, info, aad, ciphertext) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public void Dispose() => privateKey.Dispose();

    internal bool Decapsulate(ReadOnlySpan<byte> enc, Span<byte> secret)
    {
        Span<byte> dh = stackalloc byte[32];
        try
        {
            switch (Kem)
            {
                case Kem.XWing:
                    XWing.Decapsulate(secret, enc, privateKey.AsSpan());
                    return true;
                case Kem.X25519:
                    X25519.ComputeSharedSecret(dh, privateKey.AsSpan(), enc);
                    break;
                default:
                    if (enc[0] != 4)
                        return false;
                    AgreeP256(enc, dh);
                    break;
            }
            Hpke.DhkemSecret(Kem, dh, enc, publicKey, secret);
            return true;
        }
        catch (CryptographicException)
        {
            // enc is no point on the curve, or the agreement is all zero.
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dh);
        }
    }

    private void AgreeP256(ReadOnlySpan<byte> enc, Span<byte> dh)
    {
        var parameters = P256.PrivateParameters(privateKey.AsSpan());
        try
        {
            using var own = ECDiffieHellman.Create(parameters);
            using var theirs = ECDiffieHellman.Create(P256.PublicParameters(enc));
            var agreed = own.DeriveRawSecretAgreement(theirs.PublicKey);
            agreed.CopyTo(dh);
            CryptographicOperations.ZeroMemory(agreed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    private static byte[] PublicKeyOf(Kem kem, ReadOnlySpan<byte> privateKey)
    {
        var publicKey = new byte[Hpke.PublicKeyLength(kem)];
        switch (kem)
        {
            case Kem.X25519:
                X25519.ComputePublicKey(publicKey, privateKey);
                return publicKey;
            case Kem.XWing:
                Span<byte> copy = stackalloc byte[32];
                XWing.GenerateKeyPair(publicKey, copy, privateKey);
                CryptographicOperations.ZeroMemory(copy);
                return publicKey;
            case Kem.P256:
                var parameters = P256.PrivateParameters(privateKey);
                using (var key = ECDiffieHellman.Create(parameters))
                {
                    CryptographicOperations.ZeroMemory(parameters.D);
                    return P256.PointOf(key.ExportParameters(false));
                }
            default:
                throw new ArgumentOutOfRangeException(nameof(kem));
        }
    }
}
