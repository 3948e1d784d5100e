// Signs a package's tag manifest as a detached CMS (CAdES-BES), and makes a signer for demo and development (case-package.md 8).
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Moderation.CasePackage;

public sealed class PackageSigner : IDisposable
{
    internal const string Sha512 = "2.16.840.1.101.3.4.2.3";
    internal const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
    internal const string EmailProtection = "1.3.6.1.5.5.7.3.4";

    private readonly X509Certificate2 _certificate;

    private PackageSigner(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>Reads certificate and private key from one PEM file that only its owner may read.</summary>
    public static PackageSigner Read(string pemFile)
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(pemFile) & others) != 0)
            throw new InvalidDataException("The package signer must be readable by its owner alone (mode 0600).");
        return new PackageSigner(X509Certificate2.CreateFromPemFile(pemFile));
    }

    /// <summary>DER of the detached signature over exactly these bytes.</summary>
    public byte[] Sign(byte[] content, DateTimeOffset signedAt)
    {
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, _certificate)
        {
            DigestAlgorithm = new Oid(Sha512),
            IncludeOption = X509IncludeOption.EndCertOnly,
        };
        signer.SignedAttributes.Add(new Pkcs9SigningTime(signedAt.UtcDateTime));
        signer.SignedAttributes.Add(new AsnEncodedData(new Oid(SigningCertificateV2), CertificateHash(_certificate)));
        var cms = new SignedCms(new ContentInfo(content), detached: true);
        cms.ComputeSignature(signer, silent: true);
        return cms.Encode();
    }

    /// <summary>
    /// Makes `package-signer.pem` (certificate and key, 0600) and `package-ca.pem` beside it, unless the signer is there.
    /// For demo and development: production has its signer in a token. The authority's key is thrown away at once.
    /// </summary>
    public static void MakeFiles(string signerFile, DateTimeOffset now)
    {
        if (File.Exists(signerFile))
            return;
        var folder = Path.GetDirectoryName(Path.GetFullPath(signerFile))!;
        DiskFlush.PrivateFolder(folder);
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ca = MakeAuthority(caKey, now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = MakeCertificate(ca, key, now);
        File.WriteAllText(Path.Combine(folder, "package-ca.pem"), ca.ExportCertificatePem() + "\n");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(signerFile, options);
        writer.Write($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    public void Dispose() => _certificate.Dispose();

    // SEQUENCE { SEQUENCE OF { SEQUENCE { OCTET STRING } } }; SHA-256 is the default and so stands nowhere.
    internal static byte[] CertificateHash(X509Certificate2 certificate)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
            writer.WriteOctetString(SHA256.HashData(certificate.RawData));
        return writer.Encode();
    }

    private static X509Certificate2 MakeAuthority(ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=Case package authority (demo)", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
    }

    private static X509Certificate2 MakeCertificate(X509Certificate2 ca, ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=Case package signer (demo)", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true)
        );
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(EmailProtection)], critical: false)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, true, false));
        return request.Create(ca, now.AddDays(-1), now.AddYears(5), RandomNumberGenerator.GetBytes(16));
    }
}
