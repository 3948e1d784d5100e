// The keys that making a package needs: who signs it, and by which key the vault's disclosure is checked.
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Moderation.CasePackage;
using Moderation.Evidence;

namespace Moderation.Features.Legal;

public sealed class PackageKeys(IConfiguration configuration)
{
    /// <summary>Certificate and key of `Keys:PackageSigner`.</summary>
    public PackageSigner ReadSigner() => PackageSigner.Read(SignerFile);

    /// <summary>What the finished package is checked against: `package-ca.pem` beside the signer.</summary>
    public X509Certificate2Collection ReadAuthorities()
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(Path.Combine(Path.GetDirectoryName(SignerFile)!, "package-ca.pem"));
        return authorities;
    }

    public CoseKey ReadVaultKey()
    {
        var hex = File.ReadAllText(Path.Combine(Require("Keys:Public"), "vault.pub")).Trim();
        return CoseKey.Parse(Convert.FromHexString(hex)) ?? throw new InvalidDataException("vault.pub is no COSE_Key.");
    }

    private string SignerFile => Path.GetFullPath(Require("Keys:PackageSigner"));

    private string Require(string key) =>
        configuration[key] is { Length: > 0 } value ? value : throw new InvalidOperationException($"{key} is not set.");
}

/// <summary>A package that must not leave, with a code for the record.</summary>
public sealed class PackageFaultException(string code) : Exception(code)
{
    public string Code { get; } = code;
}
