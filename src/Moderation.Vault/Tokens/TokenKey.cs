// The custodian's key in a PKCS#11 token: the token agrees, this process does the rest of HPKE (evidence-bundle.md 8, 18).
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Moderation.Vault.Tokens;

internal sealed class TokenKey : IRecipientKey
{
    private readonly TokenSession session;
    private readonly IObjectHandle handle;
    private readonly byte[] publicKey;

    /// <param name="path">A kem*.token.json.</param>
    /// <param name="pin">The token's user PIN.</param>
    internal TokenKey(string path, string pin)
    {
        var file = TokenFile.Read(path);
        publicKey = Convert.FromHexString(file.PublicKey);
        Kid = Hpke.KidOf(publicKey);
        if (Convert.ToHexStringLower(Kid) != file.KeyId)
            throw new InvalidDataException($"{path}: the public key has another kid.");
        session = TokenSession.Open(file.Module, file.Token, pin);
        try
        {
            handle = session.Find(Kid);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public Kem Kem => Kem.P256;

    public byte[] Kid { get; }

    public byte[]? Open(
        ReadOnlySpan<byte> enc,
        ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> aad,
        ReadOnlySpan<byte> ciphertext
    )
    {
        if (enc.Length != publicKey.Length || session.Agree(handle, enc.ToArray()) is not { } agreement)
            return null;
        try
        {
            return HpkeOpening.OpenWithAgreement(Kem, agreement, enc, publicKey, info, aad, ciphertext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(agreement);
        }
    }

    public void Dispose() => session.Dispose();
}
