// A segment key sealed to a browser tab and signed by the vault (section 20.2).
using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>The payload of a key release, keys 2..12.</summary>
public sealed record KeyRelease
{
    public required byte[] GrantId { get; init; }
    public required byte[] BundleId { get; init; }
    public required byte[] ContentId { get; init; }
    public required uint Index { get; init; }

    /// <summary>SHA-256 of the descriptor bytes.</summary>
    public required byte[] DescriptorHash { get; init; }

    /// <summary>The ephemeral X25519 public key of the request.</summary>
    public required byte[] Recipient { get; init; }
    public required byte[] RequestId { get; init; }
    public byte[] Enc { get; init; } = [];
    public ReadOnlyMemory<byte> Ciphertext { get; init; }

    /// <summary>Leaf hash of the audit entry; zeros when no log is configured.</summary>
    public required byte[] AuditLeaf { get; init; }

    /// <summary>ms since 1970.</summary>
    public required ulong ReleasedMs { get; init; }

    /// <summary>Seals the secret to <see cref="Recipient"/> and signs; null when that is no valid public key.</summary>
    public byte[]? SealAndSign(ReleasedSecret secret, CoseSigner vault)
    {
        var plaintext = secret.Encode();
        var sealedSecret = Hpke.Seal(Kem.X25519, Recipient, Info, Aad(), plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        if (sealedSecret is null)
            return null;
        var payload = CborForm.Write(writer =>
        {
            writer.WriteStartMap(12);
            writer.Member(1, 1).Member(2, GrantId).Member(3, BundleId).Member(4, ContentId).Member(5, Index);
            writer.Member(6, DescriptorHash).Member(7, Recipient).Member(8, RequestId).Member(9, sealedSecret.Enc);
            writer.Member(10, sealedSecret.Ciphertext).Member(11, AuditLeaf).Member(12, ReleasedMs);
            writer.WriteEndMap();
        });
        return CoseSign1.Sign(vault, CoseContentTypes.KeyRelease, CoseLabels.KeyRelease, payload);
    }

    /// <summary>W1 and W2: form, then the vault's signature.</summary>
    public static Verdict<KeyRelease> Verify(ReadOnlyMemory<byte> bytes, CoseKey vault)
    {
        if (
            CoseSign1.Parse(bytes, CoseContentTypes.KeyRelease) is not { } envelope
            || CborForm.Read(envelope.Payload, Read) is not { } release
        )
            return new EvidenceRefusal(EvidenceCodes.ReleaseMalformed);
        return envelope.Verify(vault, CoseLabels.KeyRelease)
            ? release
            : new EvidenceRefusal(EvidenceCodes.ReleaseSignature);
    }

    /// <summary>W3: the release answers what was asked for; refuses with evb1.release-mismatch.</summary>
    public EvidenceRefusal? CheckAnswers(KeyRequest request, uint index, ReadOnlySpan<byte> descriptor) =>
        GrantId.AsSpan().SequenceEqual(request.GrantId)
        && ContentId.AsSpan().SequenceEqual(request.ContentId)
        && Index == index
        && Recipient.AsSpan().SequenceEqual(request.Recipient)
        && RequestId.AsSpan().SequenceEqual(request.RequestId)
        && SHA256.HashData(descriptor).AsSpan().SequenceEqual(DescriptorHash)
            ? null
            : new EvidenceRefusal(EvidenceCodes.ReleaseMismatch);

    internal static byte[] Info => [.. "evb1/key-release/v1"u8, 0];

    internal byte[] Aad() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(8);
            writer.WriteTextString("evb1/key-release/v1");
            writer.WriteByteString(GrantId);
            writer.WriteByteString(BundleId);
            writer.WriteByteString(ContentId);
            writer.WriteUInt32(Index);
            writer.WriteByteString(DescriptorHash);
            writer.WriteByteString(Recipient);
            writer.WriteByteString(RequestId);
            writer.WriteEndArray();
        });

    private static KeyRelease Read(CborReader reader)
    {
        reader.StartMap(12);
        reader.Key(1);
        reader.Constant(1);
        var grantId = Bstr(2, 16);
        var bundleId = Bstr(3, 16);
        var contentId = Bstr(4, 32);
        reader.Key(5);
        var index = reader.ReadUInt32();
        var descriptorHash = Bstr(6, 32);
        var recipient = Bstr(7, 32);
        var requestId = Bstr(8, 16);
        var enc = Bstr(9, 32);
        reader.Key(10);
        var ciphertext = reader.Bytes();
        var auditLeaf = Bstr(11, 32);
        reader.Key(12);
        var released = reader.ReadUInt64();
        reader.ReadEndMap();
        return new KeyRelease
        {
            GrantId = grantId,
            BundleId = bundleId,
            ContentId = contentId,
            Index = index,
            DescriptorHash = descriptorHash,
            Recipient = recipient,
            RequestId = requestId,
            Enc = enc,
            Ciphertext = ciphertext,
            AuditLeaf = auditLeaf,
            ReleasedMs = released,
        };

        byte[] Bstr(int key, int length)
        {
            reader.Key(key);
            return reader.Bytes(length);
        }
    }
}

/// <summary>What a key release seals.</summary>
/// <param name="SegmentKey">32 bytes; the holder zeroes it.</param>
/// <param name="Device">The device that signed the manifest.</param>
/// <param name="Relays">Relays valid for the meeting; empty when the segment has no receipt.</param>
public sealed record ReleasedSecret(byte[] SegmentKey, CoseKey Device, IReadOnlyList<CoseKey> Relays)
{
    internal byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(3);
            writer.Member(1, SegmentKey).Member(2, Device.Encode());
            writer.Member(3, [.. Relays.Select(relay => relay.Encode())]);
            writer.WriteEndMap();
        });

    internal static ReleasedSecret? Parse(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(
            bytes,
            reader =>
            {
                reader.StartMap(3);
                reader.Key(1);
                var segmentKey = reader.Bytes(32);
                reader.Key(2);
                var device = CoseKey.Parse(reader.Bytes());
                reader.Key(3);
                var relays = Array.ConvertAll(
                    reader.ByteStrings(EvidenceLimits.ReceiptCount, EvidenceLimits.Descriptor),
                    CoseKey.Parse
                );
                reader.ReadEndMap();
                return device is null || relays.Contains(null)
                    ? null
                    : new ReleasedSecret(segmentKey, device, [.. relays.OfType<CoseKey>()]);
            }
        );
}
