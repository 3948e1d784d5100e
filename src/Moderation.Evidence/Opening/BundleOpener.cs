// Opens the segments of a verified bundle with the private keys of all recipients (section 25).
using System.Security.Cryptography;

namespace Moderation.Evidence.Opening;

/// <summary>Shares, content key and segments, in the order of codes that section 25 gives for offline opening.</summary>
public static class BundleOpener
{
    /// <summary>
    /// Opens the wrap of one role (V5): evb1.unknown-recipient-key when the key is another, evb1.share-open when it
    /// does not open. The caller zeroes the 32-byte share.
    /// </summary>
    public static Verdict<byte[]> OpenShare(AuthenticManifest authentic, uint role, IRecipientKey key)
    {
        var wrap = authentic.Manifest.Recipients.FirstOrDefault(wrap => wrap.Role == role);
        if (wrap is null || !IsFor(wrap, key))
            return new EvidenceRefusal(EvidenceCodes.UnknownRecipientKey, $"Role {role}.");
        var aad = SegmentKeys.WrapAad(authentic.Manifest, authentic.DeviceKid, role, wrap.Kid);
        return key.Open(wrap.Enc, SegmentKeys.WrapInfo(role), aad, wrap.Ciphertext) is { Length: 32 } share
            ? share
            : new EvidenceRefusal(EvidenceCodes.ShareOpen, $"Role {role}.");
    }

    /// <summary>
    /// The share of a key that never leaves its token: info and aad are those of the wrap, the agreement comes from the
    /// token (section 18).
    /// </summary>
    public static Verdict<byte[]> OpenShareWithAgreement(
        AuthenticManifest authentic,
        RecipientWrap wrap,
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> agreement
    )
    {
        if (!Hpke.KidOf(publicKey).AsSpan().SequenceEqual(wrap.Kid))
            return new EvidenceRefusal(EvidenceCodes.UnknownRecipientKey);
        var aad = SegmentKeys.WrapAad(authentic.Manifest, authentic.DeviceKid, wrap.Role, wrap.Kid);
        var info = SegmentKeys.WrapInfo(wrap.Role);
        var share = HpkeOpening.OpenWithAgreement(wrap.Kem, agreement, wrap.Enc, publicKey, info, aad, wrap.Ciphertext);
        return share is { Length: 32 } ? share : new EvidenceRefusal(EvidenceCodes.ShareOpen);
    }

    /// <summary>The content key from the private keys of every wrap. The caller zeroes it.</summary>
    public static Verdict<byte[]> OpenContentKey(AuthenticManifest authentic, IReadOnlyCollection<KemKeyPair> keys)
    {
        var wraps = authentic.Manifest.Recipients;
        var holders = wraps.Select(wrap => keys.FirstOrDefault(key => IsFor(wrap, key))).ToArray();
        if (Array.IndexOf(holders, null) is >= 0 and var missing)
            return new EvidenceRefusal(EvidenceCodes.UnknownRecipientKey, $"Role {wraps[missing].Role}.");
        var shares = new List<byte[]>();
        try
        {
            for (var p = 0; p < holders.Length; p++)
            {
                if (!OpenShare(authentic, wraps[p].Role, holders[p]!).Holds(out var share, out var refusal))
                    return refusal;
                shares.Add(share);
            }
            return SegmentKeys.Combine(shares, authentic.Manifest);
        }
        finally
        {
            shares.ForEach(share => CryptographicOperations.ZeroMemory(share));
        }
    }

    /// <summary>One segment under its own key: W7, then 12.5 for kind 1.</summary>
    /// <param name="segmentKey">32 bytes.</param>
    /// <param name="bundleId">Manifest key 2.</param>
    /// <param name="descriptor">The verified descriptor.</param>
    /// <param name="receipt">The verified receipt of a kind-1 segment, else null.</param>
    /// <param name="ciphertext">The segment bytes, hash checked.</param>
    public static Verdict<OpenedSegment> OpenSegment(
        ReadOnlySpan<byte> segmentKey,
        ReadOnlySpan<byte> bundleId,
        Descriptor descriptor,
        RelayReceipt? receipt,
        ReadOnlySpan<byte> ciphertext
    )
    {
        var context = SegmentKeys.SegmentContext(bundleId, descriptor);
        if (!Cobblestone256.Decrypt(segmentKey, context, ciphertext).Holds(out var plaintext, out var refusal))
            return refusal with { Detail = $"Segment {descriptor.Index}." };
        if (plaintext.Length != descriptor.PlaintextLength)
            return new EvidenceRefusal(EvidenceCodes.PlaintextLength, $"Segment {descriptor.Index}.");
        if (descriptor.Kind != (uint)SegmentKind.AttestedMedia)
            return new OpenedSegment(plaintext, plaintext, AttributionGrade.G0, 0);
        if (receipt is null)
            return new EvidenceRefusal(EvidenceCodes.ReceiptEnvelope, "Attested media without its receipt.");
        return AttestedMedia.Check(plaintext, descriptor, receipt);
    }

    /// <summary>One segment of a bundle whose content key is known.</summary>
    public static Verdict<OpenedSegment> OpenSegment(
        ReadOnlySpan<byte> contentKey,
        AuthenticManifest authentic,
        BundleStructure structure,
        int index,
        ReadOnlySpan<byte> ciphertext
    )
    {
        var descriptor = structure.Descriptors[index];
        var key = SegmentKeys.SegmentKey(contentKey, authentic.Manifest.BundleId, descriptor.Index);
        var receipt = descriptor.Receipt >= 0 ? structure.Receipts[descriptor.Receipt] : null;
        var opened = OpenSegment(key, authentic.Manifest.BundleId, descriptor, receipt, ciphertext);
        CryptographicOperations.ZeroMemory(key);
        return opened;
    }

    private static bool IsFor(RecipientWrap wrap, IRecipientKey key) =>
        key.Kem == wrap.Kem && key.Kid.AsSpan().SequenceEqual(wrap.Kid);
}

/// <summary>The grades of section 13 that version 1 issues; never displayed alike.</summary>
public enum AttributionGrade
{
    /// <summary>Asserted by the reporting host.</summary>
    G0,

    /// <summary>Relay-attested: this participant's authenticated connection sent exactly these bytes.</summary>
    G1,
}

/// <summary>An opened segment.</summary>
/// <param name="Plaintext">The segment plaintext; for kind 1 the CBOR array of section 12.4.</param>
/// <param name="Media">What a player gets: the plaintext, or for kind 1 the reassembled media.</param>
/// <param name="Grade">Who vouches for it.</param>
/// <param name="MissingFrames">Frames of a kind-1 segment that never arrived.</param>
public sealed record OpenedSegment(byte[] Plaintext, byte[] Media, AttributionGrade Grade, int MissingFrames);
