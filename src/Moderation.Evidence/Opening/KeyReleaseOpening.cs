// Opens key releases as the analyst's browser does (steps W1-W8 of section 20.3).
using System.Security.Cryptography;

namespace Moderation.Evidence.Opening;

/// <summary>The client's half of section 20, for C# clients and tests.</summary>
public static class KeyReleaseOpening
{
    /// <summary>W4: opens the sealed secret; evb1.release-open for any failure.</summary>
    public static Verdict<ReleasedSecret> OpenSecret(KeyRelease release, KemKeyPair tab) =>
        tab.Open(release.Enc, KeyRelease.Info, release.Aad(), release.Ciphertext.Span) is { } plaintext
        && ReleasedSecret.Parse(plaintext) is { } secret
            ? secret
            : new EvidenceRefusal(EvidenceCodes.ReleaseOpen);

    /// <summary>W1-W8 over everything the API handed out, none of which is trusted.</summary>
    public static Verdict<OpenedSegment> Open(
        ReadOnlyMemory<byte> releaseBytes,
        CoseKey vault,
        KeyRequest request,
        uint index,
        KemKeyPair tab,
        ReadOnlyMemory<byte> manifestBytes,
        ReadOnlyMemory<byte> descriptorBytes,
        ReadOnlyMemory<byte>? receiptBytes,
        ReadOnlyMemory<byte> ciphertext
    )
    {
        if (!KeyRelease.Verify(releaseBytes, vault).Holds(out var release, out var refusal))
            return refusal;
        if (release.CheckAnswers(request, index, descriptorBytes.Span) is { } mismatch)
            return mismatch;
        if (!OpenSecret(release, tab).Holds(out var secret, out refusal))
            return refusal;
        if (
            BundleVerifier.AuthenticateAlone(manifestBytes, secret.Device).ValueOrNull is not { } authentic
            || !authentic.ContentId.AsSpan().SequenceEqual(release.ContentId)
            || !authentic.Manifest.BundleId.AsSpan().SequenceEqual(release.BundleId)
            || Descriptor.Parse(descriptorBytes) is not { } descriptor
        )
            return new EvidenceRefusal(EvidenceCodes.ReleaseMismatch);
        if (
            receiptBytes is { } shown
            && RelayReceipt.ReadUnverified(shown) is { } claimed
            && !claimed.Meeting.AsSpan().SequenceEqual(authentic.Manifest.Meeting)
        )
            return new EvidenceRefusal(EvidenceCodes.ReleaseMismatch, "The receipt is of another meeting.");
        if (SegmentVerifier.Verify(ciphertext.Span, descriptor) is { } other)
            return other;
        RelayReceipt? receipt = null;
        if (descriptor.Kind == (uint)SegmentKind.AttestedMedia)
        {
            // A failed receipt is reported after the decryption, in the order W7, W8.
            var context = SegmentKeys.SegmentContext(authentic.Manifest.BundleId, descriptor);
            if (!Cobblestone256.Decrypt(secret.SegmentKey, context, ciphertext.Span).Holds(out _, out refusal))
                return refusal;
            ReadOnlyMemory<byte>[] receipts = receiptBytes is { } bytes ? [bytes] : [default];
            if (
                !RelayReceipt
                    .VerifyAll(receipts, secret.Relays, authentic.Manifest.Meeting)
                    .Holds(out var verified, out refusal)
            )
                return refusal;
            receipt = verified[0];
        }
        var opened = BundleOpener.OpenSegment(
            secret.SegmentKey,
            authentic.Manifest.BundleId,
            descriptor,
            receipt,
            ciphertext.Span
        );
        CryptographicOperations.ZeroMemory(secret.SegmentKey);
        return opened;
    }
}
