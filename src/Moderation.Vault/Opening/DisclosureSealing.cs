// V9 for a disclosure: the package for a court, signed by the vault (evidence-bundle.md 21).
using System.Formats.Cbor;
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Vault.Opening;

internal static class DisclosureSealing
{
    /// <summary>disclosure.cose; null when the recipient is no valid X25519 public key.</summary>
    internal static byte[]? Seal(SealingOrder order, List<byte[]> segmentKeys, CoseSigner vault, ulong nowMs)
    {
        var (structure, authentic) = (order.Bundle.Structure, order.Bundle.Authentic);
        var disclosureId = RandomNumberGenerator.GetBytes(16);
        var segments = new DisclosedSegment[segmentKeys.Count];
        for (var i = 0; i < segments.Length; i++)
        {
            var made = Disclosure.SealSegment(
                disclosureId,
                authentic.ContentId,
                structure.Rows,
                order.Request.Indices[i],
                segmentKeys[i],
                order.Request.Recipient
            );
            if (made is null)
                return null;
            segments[i] = made;
        }
        return new Disclosure
        {
            DisclosureId = disclosureId,
            Manifest = order.Bundle.Head.Manifest,
            Device = order.Bundle.Device,
            DeviceCertificate = order.Opening.DeviceCertificate,
            Receipts = ReceiptsOf(order),
            Relays = order.Relays,
            Segments = segments,
            Recipient = order.Request.Recipient,
            AcceptanceProof = order.Opening.AcceptanceProof,
            TimeStamp = order.Opening.TimeStampToken,
            GrantHash = order.Grant.Hash,
            CreatedMs = nowMs,
        }.Sign(vault);
    }

    // Every receipt a disclosed segment refers to, ascending, as it stands in the region.
    private static DisclosedReceipt[] ReceiptsOf(SealingOrder order)
    {
        var named = order
            .Request.Indices.Select(index => order.Bundle.Structure.Descriptors[(int)index].Receipt)
            .Where(receipt => receipt >= 0)
            .ToHashSet();
        var reader = new CborReader(order.Bundle.Head.Receipts, CborConformanceMode.Ctap2Canonical);
        var count = reader.ReadStartArray();
        var receipts = new List<DisclosedReceipt>();
        for (var i = 0; i < count; i++)
        {
            var bytes = reader.ReadByteString();
            if (named.Contains(i))
                receipts.Add(new((uint)i, bytes));
        }
        return [.. receipts];
    }
}
