// Opens a disclosure package offline, as a court or agency does (steps 5-7 of section 21).
using System.Security.Cryptography;

namespace Moderation.Evidence.Opening;

/// <summary>The recipient's half of section 21.</summary>
public static class DisclosureOpening
{
    /// <summary>All seven steps. The first refusal, or every disclosed segment with its index.</summary>
    /// <param name="package">The bytes of <c>disclosure.cose</c>.</param>
    /// <param name="vault">The vault's public key, from a channel of its own.</param>
    /// <param name="recipient">The recipient's X25519 key pair.</param>
    /// <param name="ciphertextOf">
    /// The bytes of <see cref="Disclosure.FileNameOf"/>, or null when the file is missing.
    /// </param>
    public static Verdict<DisclosedContent[]> Open(
        ReadOnlyMemory<byte> package,
        CoseKey vault,
        KemKeyPair recipient,
        Func<uint, byte[]?> ciphertextOf
    )
    {
        if (!Disclosure.Verify(package, vault).Holds(out var disclosure, out var refusal))
            return refusal;
        if (!disclosure.VerifyContents().Holds(out var verified, out refusal))
            return refusal;
        // Step 5 stands before steps 6 and 7 for the whole package; one ciphertext is held at a time.
        foreach (var descriptor in verified.Descriptors)
        {
            if (ciphertextOf(descriptor.Index) is not { } ciphertext)
                return new EvidenceRefusal(EvidenceCodes.DisclosureSegmentMissing, Name(descriptor));
            if (SegmentVerifier.Verify(ciphertext, descriptor) is { } wrong)
                return wrong;
        }
        var contents = new DisclosedContent[verified.Descriptors.Count];
        for (var i = 0; i < contents.Length; i++)
        {
            if (!OpenOne(verified, i, recipient, ciphertextOf).Holds(out var segment, out refusal))
                return refusal;
            contents[i] = new DisclosedContent(verified.Descriptors[i], segment);
        }
        return contents;
    }

    private static Verdict<OpenedSegment> OpenOne(
        VerifiedDisclosure verified,
        int position,
        KemKeyPair recipient,
        Func<uint, byte[]?> ciphertextOf
    )
    {
        var (disclosure, descriptor) = (verified.Disclosure, verified.Descriptors[position]);
        var segment = disclosure.Segments[position];
        var aad = Disclosure.Aad(
            disclosure.DisclosureId,
            verified.Authentic.ContentId,
            descriptor.Index,
            segment.Descriptor.Span,
            disclosure.Recipient
        );
        if (recipient.Open(segment.Enc, Disclosure.Info, aad, segment.Ciphertext) is not { Length: 32 } key)
            return new EvidenceRefusal(EvidenceCodes.DisclosureKeyOpen, Name(descriptor));
        if (ciphertextOf(descriptor.Index) is not { } ciphertext)
            return new EvidenceRefusal(EvidenceCodes.DisclosureSegmentMissing, Name(descriptor));
        var receipt = descriptor.Receipt >= 0 ? verified.Receipts.GetValueOrDefault((uint)descriptor.Receipt) : null;
        var bundleId = verified.Authentic.Manifest.BundleId;
        var opened = BundleOpener.OpenSegment(key, bundleId, descriptor, receipt, ciphertext);
        CryptographicOperations.ZeroMemory(key);
        return opened;
    }

    private static string Name(Descriptor descriptor) => Disclosure.FileNameOf(descriptor.Index);
}

/// <summary>One segment a court may see.</summary>
public sealed record DisclosedContent(Descriptor Descriptor, OpenedSegment Segment);
