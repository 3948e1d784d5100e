// Where a custodian's key is made when it is to lie in a token.
using Moderation.Evidence;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Tokens;

/// <param name="Module">Path of the PKCS#11 library.</param>
/// <param name="Token">Label of the token, initialised, with a user PIN.</param>
/// <param name="PinFile">File of the PIN; null for the environment.</param>
internal sealed record TokenPlace(string Module, string Token, string? PinFile)
{
    /// <summary>Makes the key and the file that names it, which belongs to whoever the folder belongs to.</summary>
    internal RecipientKey MakeKey(string folder, string? name)
    {
        using var session = TokenSession.Open(Module, Token, TokenSession.ReadPin(PinFile));
        var publicKey = session.Generate();
        var kid = Convert.ToHexStringLower(Hpke.KidOf(publicKey));
        var path = Path.Combine(folder, $"kem{(name is null ? "" : "-" + name)}.token.json");
        new TokenFile(Module, Token, kid, Convert.ToHexStringLower(publicKey)).Write(path, FileOwner.Of(folder));
        return new RecipientKey(2, Kem.P256, publicKey);
    }
}
