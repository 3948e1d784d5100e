// Makes bundles that are wrong behind a good signature: bends payload, table or receipts, mends the hashes, signs again.
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Fuzz;

internal static class Resigning
{
    /// <summary>The manifest's payload bent, the rest untouched.</summary>
    public static byte[] BendManifest(SeedBundle seed, Chance chance, Func<byte[]> another)
    {
        var head = BundleHead.Parse(seed.File).Value;
        var payload = CoseSign1.Parse(head.Manifest, CoseContentTypes.Manifest)!.Payload.ToArray();
        return Assemble(
            seed,
            head,
            Mutation.Bend(payload, chance, another),
            head.Table,
            head.Receipts,
            head.SegmentCount
        );
    }

    /// <summary>Table or receipts bent, with root, receipts hash, count and total of the manifest made to fit.</summary>
    public static byte[] BendRegions(SeedBundle seed, Chance chance, Func<byte[]> another)
    {
        var head = BundleHead.Parse(seed.File).Value;
        var manifest = Manifest.Parse(CoseSign1.Parse(head.Manifest, CoseContentTypes.Manifest)!.Payload).Value;
        var (table, receipts) = (head.Table, head.Receipts);
        if (seed.Relay is not null && chance.OneIn(2))
            receipts = chance.OneIn(4)
                ? Mutation.Bend(receipts.ToArray(), chance, another)
                : Signed(head, seed.Relay, chance);
        else
            table = Mutation.Bend(table.ToArray(), chance, another);

        var rows = CborForm.Read(
            table,
            reader => reader.ByteStrings(EvidenceLimits.Segments, EvidenceLimits.Descriptor)
        );
        if (rows is { Length: > 0 })
            manifest = manifest with
            {
                SegmentCount = (ulong)rows.Length,
                Root = MerkleTree.Root(rows),
                TotalCiphertext = chance.OneIn(8)
                    ? manifest.TotalCiphertext
                    : (ulong)rows.Sum(row => Descriptor.Parse(row)?.CiphertextLength ?? 0L),
            };
        manifest = manifest with { ReceiptsHash = SHA256.HashData(receipts.Span) };
        return Assemble(seed, head, manifest.Encode(), table, receipts, rows?.Length ?? head.SegmentCount);
    }

    // One receipt's payload bent and signed by the relay again, or the order of the receipts changed.
    private static byte[] Signed(BundleHead head, CoseSigner relay, Chance chance)
    {
        var receipts = head.ReadReceipts()!.Select(receipt => receipt.ToArray()).ToList();
        var at = chance.Below(receipts.Count);
        if (chance.OneIn(6))
            receipts.Insert(chance.Below(receipts.Count + 1), receipts[at]);
        else
        {
            var payload = CoseSign1.Parse(receipts[at], CoseContentTypes.RelayReceipt)!.Payload.ToArray();
            receipts[at] = CoseSign1.Sign(
                relay,
                CoseContentTypes.RelayReceipt,
                CoseLabels.RelayReceipt,
                Mutation.Bend(payload, chance, () => payload)
            );
        }
        return CborForm.Write(writer =>
        {
            writer.WriteStartArray(receipts.Count);
            foreach (var receipt in receipts)
                writer.WriteByteString(receipt);
            writer.WriteEndArray();
        });
    }

    private static byte[] Assemble(
        SeedBundle seed,
        BundleHead head,
        byte[] payload,
        ReadOnlyMemory<byte> table,
        ReadOnlyMemory<byte> receipts,
        int segments
    )
    {
        var envelope = CoseSign1.Sign(seed.Device!, CoseContentTypes.Manifest, CoseLabels.Manifest, payload);
        var body = seed.File.AsSpan(head.Bytes.Length);
        return [.. BundleHead.Assemble(envelope, table.ToArray(), receipts.ToArray(), segments), .. body];
    }
}
