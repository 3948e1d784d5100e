// Checks the seal of a package against a trust anchor that the caller brings (case-package.md 8).
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace Moderation.CasePackage;

internal static class SignatureCheck
{
    /// <summary>Null when the signature is over these bytes, by a certificate that chains to the anchors; else why not.</summary>
    public static string? Judge(byte[] content, byte[] signature, X509Certificate2Collection anchors)
    {
        try
        {
            var cms = new SignedCms(new ContentInfo(content), detached: true);
            cms.Decode(signature);
            if (cms.SignerInfos.Count != 1 || cms.SignerInfos[0].Certificate is not { } certificate)
                return "it does not have exactly one signer with a certificate";
            var signer = cms.SignerInfos[0];
            if (signer.DigestAlgorithm.Value != PackageSigner.Sha512)
                return "its digest is not SHA-512";
            // Also checks the digest of the content and the key usage of nothing: the chain is looked at below.
            cms.CheckSignature(verifySignatureOnly: true);
            return JudgeAttributes(signer, certificate) ?? JudgeChain(certificate, cms.Certificates, anchors);
        }
        catch (CryptographicException)
        {
            return "the signature does not hold";
        }
    }

    private static string? JudgeAttributes(SignerInfo signer, X509Certificate2 certificate)
    {
        var expected = PackageSigner.CertificateHash(certificate);
        var named = signer
            .SignedAttributes.Cast<CryptographicAttributeObject>()
            .Where(a => a.Oid.Value == PackageSigner.SigningCertificateV2)
            .SelectMany(a => a.Values.Cast<AsnEncodedData>())
            .ToList();
        if (named is not [var only] || !only.RawData.AsSpan().SequenceEqual(expected))
            return "it does not name its certificate (signingCertificateV2)";
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (usage is null || !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            return "its certificate is not for signatures";
        var extended = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        return
            extended is null
            || extended.EnhancedKeyUsages.Cast<Oid>().Any(o => o.Value == PackageSigner.EmailProtection)
            ? null
            : "its certificate is for something else";
    }

    private static string? JudgeChain(
        X509Certificate2 certificate,
        X509Certificate2Collection others,
        X509Certificate2Collection anchors
    )
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(anchors);
        chain.ChainPolicy.ExtraStore.AddRange(others);
        // Offline by design: a check that reaches out tells the operator who checks (CP-7).
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate) ? null : "its certificate does not lead to the given authority";
    }
}
