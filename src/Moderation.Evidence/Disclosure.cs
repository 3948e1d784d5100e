// A signed package that gives a court named segments and proves they belong to the report (section 21).
using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>The payload of <c>disclosure.cose</c>, keys 2..13.</summary>
public sealed record Disclosure
{
    /// <summary>16 random bytes.</summary>
    public required byte[] DisclosureId { get; init; }

    /// <summary>The manifest COSE_Sign1, complete.</summary>
    public required ReadOnlyMemory<byte> Manifest { get; init; }

    /// <summary>The device COSE_Key.</summary>
    public required CoseKey Device { get; init; }

    /// <summary>The device certificate, complete, or empty.</summary>
    public ReadOnlyMemory<byte> DeviceCertificate { get; init; }

    /// <summary>Receipt index and receipt, ascending, for every receipt a disclosed segment refers to.</summary>
    public required IReadOnlyList<DisclosedReceipt> Receipts { get; init; }

    /// <summary>Relay keys valid for the meeting.</summary>
    public required IReadOnlyList<CoseKey> Relays { get; init; }

    /// <summary>Ascending by index.</summary>
    public required IReadOnlyList<DisclosedSegment> Segments { get; init; }

    /// <summary>32 bytes: the recipient's X25519 public key.</summary>
    public required byte[] Recipient { get; init; }

    /// <summary>Proof of the acceptance entry in the audit log, or empty.</summary>
    public ReadOnlyMemory<byte> AcceptanceProof { get; init; }

    /// <summary>RFC 3161 token over the content id, or empty.</summary>
    public ReadOnlyMemory<byte> TimeStamp { get; init; }

    /// <summary>SHA-256 of the grant.</summary>
    public required byte[] GrantHash { get; init; }

    /// <summary>ms since 1970.</summary>
    public required ulong CreatedMs { get; init; }

    /// <summary>Name of the file that holds the ciphertext of one disclosed segment.</summary>
    public static string FileNameOf(uint index) => $"segment-{index}.ct";

    /// <summary>Seals one segment key to the recipient; null when that is no valid public key.</summary>
    /// <param name="disclosureId">Key 2 of the package.</param>
    /// <param name="contentId">The report.</param>
    /// <param name="rows">All descriptor bytes of the report, in order: the leaves of its tree.</param>
    /// <param name="index">The segment to disclose.</param>
    /// <param name="segmentKey">Its 32-byte key; the caller zeroes it.</param>
    /// <param name="recipient">The recipient's X25519 public key.</param>
    public static DisclosedSegment? SealSegment(
        byte[] disclosureId,
        byte[] contentId,
        IReadOnlyList<ReadOnlyMemory<byte>> rows,
        uint index,
        ReadOnlySpan<byte> segmentKey,
        byte[] recipient
    )
    {
        var row = rows[(int)index];
        var aad = Aad(disclosureId, contentId, index, row.Span, recipient);
        return Hpke.Seal(Kem.X25519, recipient, Info, aad, segmentKey) is { } made
            ? new DisclosedSegment(row, MerkleTree.Proof(rows, (int)index), made.Enc, made.Ciphertext)
            : null;
    }

    /// <summary>The bytes of <c>disclosure.cose</c>, signed by the vault.</summary>
    public byte[] Sign(CoseSigner vault) =>
        CoseSign1.Sign(vault, CoseContentTypes.Disclosure, CoseLabels.Disclosure, Encode());

    /// <summary>Step 1: evd1.envelope, evd1.signature, evd1.malformed, in that order.</summary>
    public static Verdict<Disclosure> Verify(ReadOnlyMemory<byte> bytes, CoseKey vault)
    {
        if (CoseSign1.Parse(bytes, CoseContentTypes.Disclosure) is not { } envelope)
            return new EvidenceRefusal(EvidenceCodes.DisclosureEnvelope);
        if (!envelope.Verify(vault, CoseLabels.Disclosure))
            return new EvidenceRefusal(EvidenceCodes.DisclosureSignature);
        return CborForm.Read(envelope.Payload, Read) is { } disclosure
            ? disclosure
            : new EvidenceRefusal(EvidenceCodes.DisclosureMalformed);
    }

    /// <summary>Steps 2-4: manifest, descriptors and their place in the tree, receipts. Opens nothing.</summary>
    public Verdict<VerifiedDisclosure> VerifyContents()
    {
        if (!BundleVerifier.AuthenticateAlone(Manifest, Device).Holds(out var authentic, out var refusal))
            return refusal;
        var descriptors = new Descriptor[Segments.Count];
        for (var i = 0; i < descriptors.Length; i++)
        {
            var segment = Segments[i];
            if (Descriptor.Parse(segment.Descriptor) is not { } descriptor)
                return new EvidenceRefusal(EvidenceCodes.DescriptorMalformed);
            var leaf = MerkleTree.LeafHash(segment.Descriptor.Span);
            var (root, size) = (authentic.Manifest.Root, authentic.Manifest.SegmentCount);
            // Ascending order is part of the shape, and only the descriptor tells a segment's index.
            if (i > 0 && descriptor.Index <= descriptors[i - 1].Index)
                return new EvidenceRefusal(EvidenceCodes.DisclosureMalformed);
            if (!MerkleTree.Includes(root, size, descriptor.Index, leaf, segment.Proof))
                return new EvidenceRefusal(EvidenceCodes.DisclosureInclusion, $"Segment {descriptor.Index}.");
            descriptors[i] = descriptor;
        }
        ReadOnlyMemory<byte>[] receipts = [.. Receipts.Select(receipt => receipt.Bytes)];
        if (!RelayReceipt.VerifyAll(receipts, Relays, authentic.Manifest.Meeting).Holds(out var verified, out refusal))
            return refusal;
        var isReceiptMissing = descriptors.Any(d => d.Receipt >= 0 && !Receipts.Any(r => r.Index == d.Receipt));
        if (isReceiptMissing)
            return new EvidenceRefusal(EvidenceCodes.DisclosureMalformed, "A receipt is not in the package.");
        var byIndex = Receipts.Zip(verified).ToDictionary(pair => pair.First.Index, pair => pair.Second);
        return new VerifiedDisclosure(this, authentic, descriptors, byIndex);
    }

    internal static byte[] Info => [.. "evb1/disclosure-key/v1"u8, 0];

    internal static byte[] Aad(
        byte[] disclosureId,
        byte[] contentId,
        uint index,
        ReadOnlySpan<byte> descriptor,
        byte[] recipient
    )
    {
        var descriptorHash = SHA256.HashData(descriptor);
        return CborForm.Write(writer =>
        {
            writer.WriteStartArray(6);
            writer.WriteTextString("evb1/disclosure-key/v1");
            writer.WriteByteString(disclosureId);
            writer.WriteByteString(contentId);
            writer.WriteUInt32(index);
            writer.WriteByteString(descriptorHash);
            writer.WriteByteString(recipient);
            writer.WriteEndArray();
        });
    }

    private byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(13);
            writer.Member(1, 1).Member(2, DisclosureId).Member(3, Manifest.Span).Member(4, Device.Encode());
            writer.Member(5, DeviceCertificate.Span);
            writer.WriteInt32(6);
            writer.WriteStartArray(Receipts.Count);
            foreach (var receipt in Receipts)
                receipt.Write(writer);
            writer.WriteEndArray();
            writer.Member(7, [.. Relays.Select(relay => relay.Encode())]);
            writer.WriteInt32(8);
            writer.WriteStartArray(Segments.Count);
            foreach (var segment in Segments)
                segment.Write(writer);
            writer.WriteEndArray();
            writer.Member(9, Recipient).Member(10, AcceptanceProof.Span).Member(11, TimeStamp.Span);
            writer.Member(12, GrantHash).Member(13, CreatedMs);
            writer.WriteEndMap();
        });

    private static Disclosure? Read(CborReader reader)
    {
        reader.StartMap(13);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var disclosureId = reader.Bytes(16);
        reader.Key(3);
        var manifest = reader.Bytes();
        reader.Key(4);
        var device = CoseKey.Parse(reader.Bytes());
        reader.Key(5);
        var certificate = reader.Bytes();
        reader.Key(6);
        var receipts = reader.Items(EvidenceLimits.ReceiptCount, DisclosedReceipt.Read);
        for (var i = 1; i < receipts.Length; i++)
            CborForm.Expect(receipts[i].Index > receipts[i - 1].Index);
        reader.Key(7);
        var relays = reader.Items(EvidenceLimits.ReceiptCount, relay => CoseKey.Parse(relay.Bytes()));
        reader.Key(8);
        var segments = reader.Items(EvidenceLimits.Segments, DisclosedSegment.Read);
        CborForm.Expect(segments.Length >= 1);
        reader.Key(9);
        var recipient = reader.Bytes(32);
        reader.Key(10);
        var acceptance = reader.Bytes();
        reader.Key(11);
        var timeStamp = reader.Bytes();
        reader.Key(12);
        var grantHash = reader.Bytes(32);
        reader.Key(13);
        var created = reader.ReadUInt64();
        reader.ReadEndMap();
        if (device is null || relays.Contains(null))
            return null;
        return new Disclosure
        {
            DisclosureId = disclosureId,
            Manifest = manifest,
            Device = device,
            DeviceCertificate = certificate,
            Receipts = receipts,
            Relays = [.. relays.OfType<CoseKey>()],
            Segments = segments,
            Recipient = recipient,
            AcceptanceProof = acceptance,
            TimeStamp = timeStamp,
            GrantHash = grantHash,
            CreatedMs = created,
        };
    }
}

/// <summary>A receipt that a disclosed segment refers to.</summary>
/// <param name="Index">Its index in the bundle's receipts region.</param>
/// <param name="Bytes">The complete receipt.</param>
public sealed record DisclosedReceipt(uint Index, ReadOnlyMemory<byte> Bytes)
{
    internal void Write(CborWriter writer)
    {
        writer.WriteStartArray(2);
        writer.WriteUInt32(Index);
        writer.WriteByteString(Bytes.Span);
        writer.WriteEndArray();
    }

    internal static DisclosedReceipt Read(CborReader reader)
    {
        reader.StartArray(2);
        var receipt = new DisclosedReceipt(reader.ReadUInt32(), reader.Bytes());
        reader.ReadEndArray();
        return receipt;
    }
}

/// <summary>One disclosed segment.</summary>
/// <param name="Descriptor">Its descriptor bytes.</param>
/// <param name="Proof">Inclusion under manifest key 13.</param>
/// <param name="Enc">32 bytes.</param>
/// <param name="Ciphertext">48 bytes: the sealed segment key.</param>
public sealed record DisclosedSegment(
    ReadOnlyMemory<byte> Descriptor,
    IReadOnlyList<byte[]> Proof,
    byte[] Enc,
    byte[] Ciphertext
)
{
    internal void Write(CborWriter writer)
    {
        writer.WriteStartArray(4);
        writer.WriteByteString(Descriptor.Span);
        writer.WriteStartArray(Proof.Count);
        foreach (var hash in Proof)
            writer.WriteByteString(hash);
        writer.WriteEndArray();
        writer.WriteByteString(Enc);
        writer.WriteByteString(Ciphertext);
        writer.WriteEndArray();
    }

    internal static DisclosedSegment Read(CborReader reader)
    {
        reader.StartArray(4);
        var segment = new DisclosedSegment(
            reader.Bytes(),
            reader.Hashes(EvidenceLimits.LeafProof),
            reader.Bytes(32),
            reader.Bytes(48)
        );
        reader.ReadEndArray();
        return segment;
    }
}

/// <summary>A disclosure whose signed contents hold together.</summary>
/// <param name="Disclosure">The package.</param>
/// <param name="Authentic">The manifest, under the package's device key.</param>
/// <param name="Descriptors">In the order of the package's segments.</param>
/// <param name="Receipts">Verified receipts by their index.</param>
public sealed record VerifiedDisclosure(
    Disclosure Disclosure,
    AuthenticManifest Authentic,
    IReadOnlyList<Descriptor> Descriptors,
    IReadOnlyDictionary<uint, RelayReceipt> Receipts
);
