// What opens a recipient's wrap: a private key in guarded memory, or one that never leaves its token.
namespace Moderation.Evidence.Opening;

/// <summary>A recipient's private key, wherever it lies (section 18).</summary>
public interface IRecipientKey : IDisposable
{
    public Kem Kem { get; }

    /// <summary>SHA-256 of the serialized public key, 32 bytes.</summary>
    public byte[] Kid { get; }

    /// <summary>Opens an HPKE ciphertext of section 8; null for any failure. The caller zeroes the result.</summary>
    /// <param name="enc">The encapsulated key.</param>
    /// <param name="info">The HPKE info.</param>
    /// <param name="aad">The additional data.</param>
    /// <param name="ciphertext">Ciphertext || tag.</param>
    public byte[]? Open(
        ReadOnlySpan<byte> enc,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> ciphertext
    );
}
