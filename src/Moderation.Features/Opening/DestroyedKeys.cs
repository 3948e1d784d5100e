// Knows from the published certificates whether a report was sealed to a key that is destroyed: gone is not missing.
using Microsoft.Extensions.Configuration;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.Features.Opening;

public sealed class DestroyedKeys(IConfiguration configuration)
{
    /// <summary>Whether one of the keys that this head part is sealed to was destroyed, by a certificate under the configuration key.</summary>
    public bool Concern(byte[] headPart)
    {
        var folder = configuration["Keys:Public"];
        if (string.IsNullOrEmpty(folder) || !Directory.Exists(Path.Combine(folder, "destroyed")))
            return false;
        var envelope = CoseSign1.Parse(ReadSealedReport.Read(headPart).Manifest, CoseContentTypes.Manifest);
        if (envelope is null || Manifest.Parse(envelope.Payload).ValueOrNull is not { } manifest)
            return false;
        var signer = CoseKey.Parse(Convert.FromHexString(File.ReadAllText(Path.Combine(folder, "config.pub")).Trim()));
        return signer is not null && manifest.Recipients.Any(wrap => IsDestroyed(folder, wrap.Kid, signer));
    }

    private static bool IsDestroyed(string folder, byte[] kid, CoseKey signer)
    {
        var path = Path.Combine(folder, "destroyed", Convert.ToHexStringLower(kid) + ".cose");
        return File.Exists(path)
            && DestructionCertificate.Verify(File.ReadAllBytes(path), signer)
                is { Thing: DestroyedThing.RecipientKey } certificate
            && certificate.Subject.AsSpan().SequenceEqual(kid);
    }
}
