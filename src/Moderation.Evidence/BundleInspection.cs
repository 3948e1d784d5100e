// Reads what a bundle says of itself, without any key: its form is checked, its signatures are not.
namespace Moderation.Evidence;

/// <summary>
/// The claims of a head part whose form holds: A1-A7, B1, C1-C7, E1-E7 and the form of each receipt. Nothing here is
/// proven: whoever made the file could write any of it. <see cref="AnnexAState.VerifyHead"/> proves.
/// </summary>
/// <param name="Head">The regions.</param>
/// <param name="Claimed">Manifest and the device it names as its signer.</param>
/// <param name="Descriptors">In index order.</param>
/// <param name="Receipts">In the order of their region.</param>
public sealed record BundleInspection(
    BundleHead Head,
    AuthenticManifest Claimed,
    IReadOnlyList<Descriptor> Descriptors,
    IReadOnlyList<InspectedReceipt> Receipts
)
{
    /// <summary>Reads the beginning of a file, at least its whole head part.</summary>
    public static Verdict<BundleInspection> Read(ReadOnlyMemory<byte> bytes)
    {
        if (!BundleHead.Parse(bytes).Holds(out var head, out var refusal))
            return refusal;
        if (!BundleVerifier.ReadEnvelope(head.Manifest).Holds(out var envelope, out refusal))
            return refusal;
        if (!Manifest.Parse(envelope.Payload).Holds(out var manifest, out refusal))
            return refusal;
        if (manifest.SegmentCount != (ulong)head.SegmentCount)
            return new EvidenceRefusal(EvidenceCodes.HeaderMismatch);
        if (!BundleVerifier.CheckTable(head, manifest).Holds(out var table, out refusal))
            return refusal;
        var receipts = new InspectedReceipt[table.Receipts.Count];
        for (var i = 0; i < receipts.Length; i++)
        {
            if (CoseSign1.Parse(table.Receipts[i], CoseContentTypes.RelayReceipt) is not { } signed)
                return new EvidenceRefusal(EvidenceCodes.ReceiptEnvelope, $"Receipt {i}.");
            if (RelayReceipt.ReadUnverified(table.Receipts[i]) is not { } receipt)
                return new EvidenceRefusal(EvidenceCodes.ReceiptMalformed, $"Receipt {i}.");
            receipts[i] = new InspectedReceipt(signed.Kid, signed.Algorithm, receipt);
        }
        return new BundleInspection(head, new AuthenticManifest(envelope, manifest), table.Descriptors, receipts);
    }
}

/// <summary>A receipt as it stands in a file, its signature unchecked.</summary>
/// <param name="RelayKid">32 bytes: the relay it names.</param>
/// <param name="Algorithm">The COSE alg it names.</param>
/// <param name="Receipt">Its payload.</param>
public sealed record InspectedReceipt(byte[] RelayKid, long Algorithm, RelayReceipt Receipt);
