// Seals segments into a signed bundle for two recipients (sections 4-7).
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>Makes bundles. Keys come from the system's CSPRNG and are zeroed before the method returns.</summary>
public static class BundleSealer
{
    private const int WorthAThread = 64 * 1024;
    private static readonly int MostThreads = Math.Min(4, Environment.ProcessorCount);

    /// <summary>Seals and signs. Keeps the ciphertext of its one pass, as section 6.4 asks of a writer.</summary>
    /// <exception cref="ArgumentException">The draft breaks a rule that intake would refuse; the message has its code.</exception>
    public static SealedBundle Seal(BundleDraft draft, CoseSigner device)
    {
        CheckLimits(draft);
        var bundleId = RandomNumberGenerator.GetBytes(16);
        var cek = RandomNumberGenerator.GetBytes(32);
        try
        {
            var segments = new byte[draft.Segments.Count][];
            var descriptors = new Descriptor[draft.Segments.Count];
            ForEach(
                draft.Segments,
                i => (descriptors[i], segments[i]) = SealSegment(draft.Segments[i], (uint)i, cek, bundleId)
            );

            ReadOnlyMemory<byte>[] rows =
            [
                .. descriptors.Select(descriptor => (ReadOnlyMemory<byte>)descriptor.Encode()),
            ];
            var receipts = ByteStrings([.. draft.Receipts.Select(receipt => (ReadOnlyMemory<byte>)receipt)]);
            var manifest = new Manifest
            {
                BundleId = bundleId,
                Challenge = draft.Challenge,
                Meeting = draft.Meeting,
                Reporter = draft.Reporter,
                Counter = draft.Counter,
                Created = draft.CreatedMs,
                WindowStart = draft.WindowStart,
                WindowEnd = draft.WindowEnd,
                Reason = draft.Reason,
                SegmentCount = (ulong)segments.Length,
                Root = MerkleTree.Root(rows),
                TotalCiphertext = descriptors.Aggregate(0UL, (sum, descriptor) => sum + descriptor.CiphertextLength),
                CekCommit = SegmentKeys.CekCommitment(cek, bundleId),
                Recipients = [],
                ReceiptsHash = SHA256.HashData(receipts),
                Sdk = draft.Sdk,
                DeviceCertificate = draft.DeviceCertificate,
                KeyCheckpoint = draft.KeyCheckpoint,
                Previous = draft.Previous,
            };
            manifest = manifest with { Recipients = Wrap(draft.Recipients, cek, manifest, device.PublicKey) };

            var payload = manifest.Encode();
            CheckOwnRules(payload, descriptors, draft.Receipts.Count);
            var envelope = CoseSign1.Sign(device, CoseContentTypes.Manifest, CoseLabels.Manifest, payload);
            var head = BundleHead.Assemble(envelope, ByteStrings(rows), receipts, segments.Length);
            return new SealedBundle(head, manifest, Manifest.ContentIdOf(payload), descriptors, segments);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(cek);
        }
    }

    // Segments are independent. Few or small ones are not worth a second thread.
    private static void ForEach(IReadOnlyList<SegmentDraft> segments, Action<int> seal)
    {
        if (segments.Count < 4 || segments.All(s => s.Open is null && s.Plaintext.Length < WorthAThread))
        {
            for (var i = 0; i < segments.Count; i++)
                seal(i);
            return;
        }
        try
        {
            Parallel.For(0, segments.Count, new ParallelOptions { MaxDegreeOfParallelism = MostThreads }, seal);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static (Descriptor Descriptor, byte[] Ciphertext) SealSegment(
        SegmentDraft draft,
        uint index,
        byte[] cek,
        byte[] bundleId
    )
    {
        using var opened = draft.Open?.Invoke();
        var plaintext = opened is null ? draft.Plaintext : opened.Memory;
        if (plaintext.Length > EvidenceLimits.SegmentPlaintext)
            throw Broken(EvidenceCodes.DescriptorInvalid);
        var descriptor = new Descriptor
        {
            Index = index,
            Kind = (uint)draft.Kind,
            Participant = draft.Participant,
            Stream = draft.Stream,
            T0 = draft.T0,
            Duration = draft.Duration,
            PlaintextLength = (uint)plaintext.Length,
            CiphertextLength = (uint)Cobblestone256.CiphertextLength(plaintext.Length),
            CiphertextHash = [],
            Content = draft.Content,
            Receipt = draft.Receipt,
        };
        var key = SegmentKeys.SegmentKey(cek, bundleId, index);
        var context = SegmentKeys.SegmentContext(bundleId, descriptor);
        var ciphertext = Cobblestone256.Encrypt(key, context, plaintext.Span);
        CryptographicOperations.ZeroMemory(key);
        return (descriptor with { CiphertextHash = SHA256.HashData(ciphertext) }, ciphertext);
    }

    private static RecipientWrap[] Wrap(
        IReadOnlyList<RecipientKey> recipients,
        byte[] cek,
        Manifest manifest,
        CoseKey device
    )
    {
        var shares = SegmentKeys.Split(cek, recipients.Count);
        var wraps = new RecipientWrap[recipients.Count];
        for (var p = 0; p < wraps.Length; p++)
        {
            var recipient = recipients[p];
            var aad = SegmentKeys.WrapAad(manifest, device.Kid, recipient.Role, recipient.Kid);
            var sealedShare =
                Hpke.Seal(recipient.Kem, recipient.PublicKey, SegmentKeys.WrapInfo(recipient.Role), aad, shares[p])
                ?? throw new ArgumentException($"Recipient {recipient.Role} has no valid public key.");
            CryptographicOperations.ZeroMemory(shares[p]);
            wraps[p] = new RecipientWrap(
                recipient.Role,
                recipient.Kem,
                recipient.Kid,
                sealedShare.Enc,
                sealedShare.Ciphertext
            );
        }
        return wraps;
    }

    private static void CheckLimits(BundleDraft draft)
    {
        if (draft.Segments.Count is < 1 or > EvidenceLimits.Segments)
            throw Broken(EvidenceCodes.LimitExceeded);
        if (draft.Segments.Any(segment => segment.Plaintext.Length > EvidenceLimits.SegmentPlaintext))
            throw Broken(EvidenceCodes.DescriptorInvalid);
        if (
            draft.Segments.Sum(s => Cobblestone256.CiphertextLength(s.Plaintext.Length))
            > EvidenceLimits.TotalCiphertext
        )
            throw Broken(EvidenceCodes.LimitExceeded);
        if (
            draft.Receipts.Count > EvidenceLimits.ReceiptCount
            || draft.Receipts.Any(receipt => receipt.Length is < 1 or > EvidenceLimits.Receipt)
        )
            throw Broken(EvidenceCodes.ReceiptsRegion);
        if (draft.Recipients.Count == 0 || draft.Recipients.Where((key, p) => key.Role != p + 1).Any())
            throw Broken(EvidenceCodes.RecipientsMalformed);
    }

    // A writer judges its own work as intake will, before anything leaves the device.
    private static void CheckOwnRules(byte[] payload, Descriptor[] descriptors, int receipts)
    {
        if (!Manifest.Parse(payload).Holds(out var manifest, out var refusal))
            throw Broken(refusal.Code);
        for (var i = 0; i < descriptors.Length; i++)
            if (!DescriptorRules.Hold(descriptors[i], i, manifest, receipts))
                throw Broken(EvidenceCodes.DescriptorInvalid);
    }

    private static ArgumentException Broken(string code) => new($"The draft would be refused with {code}.");

    private static byte[] ByteStrings(ReadOnlyMemory<byte>[] items) =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(items.Length);
            foreach (var item in items)
                writer.WriteByteString(item.Span);
            writer.WriteEndArray();
        });
}
