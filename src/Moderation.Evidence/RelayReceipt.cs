// A relay's signed statement of what its connections carried in one window (sections 12.2, 12.3).
using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>The receipt payload, keys 1..8. Times are milliseconds on the meeting clock.</summary>
public sealed record RelayReceipt
{
    /// <summary>16 bytes.</summary>
    public required byte[] Meeting { get; init; }
    public required ulong Window { get; init; }
    public required ulong WindowStart { get; init; }
    public required ulong WindowEnd { get; init; }
    public required ulong LeafCount { get; init; }
    public required byte[] Root { get; init; }

    /// <summary>SHA-256 of the previous receipt's complete bytes; zeros for the first.</summary>
    public required byte[] Previous { get; init; }

    /// <summary>Signs a receipt, as a relay does.</summary>
    public byte[] Sign(CoseSigner relay) =>
        CoseSign1.Sign(
            relay,
            CoseContentTypes.RelayReceipt,
            CoseLabels.RelayReceipt,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(8);
                writer.Member(1, 1).Member(2, Meeting).Member(3, Window).Member(4, WindowStart).Member(5, WindowEnd);
                writer.Member(6, LeafCount).Member(7, Root).Member(8, Previous);
                writer.WriteEndMap();
            })
        );

    /// <summary>Step E8: each receipt in order, then its place in the chain of windows.</summary>
    public static Verdict<RelayReceipt[]> VerifyAll(
        IReadOnlyList<ReadOnlyMemory<byte>> receipts,
        IReadOnlyList<CoseKey> relays,
        ReadOnlySpan<byte> meeting
    )
    {
        var verified = new RelayReceipt[receipts.Count];
        for (var i = 0; i < receipts.Count; i++)
        {
            if (!VerifyOne(receipts[i], relays, meeting).Holds(out var receipt, out var refusal))
                return refusal with { Detail = $"Receipt {i}." };
            if (i > 0 && !Follows(receipt, verified[i - 1], receipts[i - 1]))
                return new EvidenceRefusal(EvidenceCodes.ReceiptChain, $"Receipt {i}.");
            verified[i] = receipt;
        }
        return verified;
    }

    /// <summary>The payload without any check of the signature; null when it is not of the form.</summary>
    internal static RelayReceipt? ReadUnverified(ReadOnlyMemory<byte> bytes) =>
        CoseSign1.Parse(bytes, CoseContentTypes.RelayReceipt) is { } envelope
            ? CborForm.Read(envelope.Payload, Read)
            : null;

    private static Verdict<RelayReceipt> VerifyOne(
        ReadOnlyMemory<byte> bytes,
        IReadOnlyList<CoseKey> relays,
        ReadOnlySpan<byte> meeting
    )
    {
        if (CoseSign1.Parse(bytes, CoseContentTypes.RelayReceipt) is not { } envelope)
            return new EvidenceRefusal(EvidenceCodes.ReceiptEnvelope);
        if (relays.FirstOrDefault(relay => relay.Kid.SequenceEqual(envelope.Kid)) is not { } key)
            return new EvidenceRefusal(EvidenceCodes.ReceiptUnknownRelay);
        if (envelope.Algorithm != (long)key.Algorithm)
            return new EvidenceRefusal(EvidenceCodes.ReceiptAlgorithm);
        if (!envelope.Verify(key, CoseLabels.RelayReceipt))
            return new EvidenceRefusal(EvidenceCodes.ReceiptSignature);
        if (CborForm.Read(envelope.Payload, Read) is not { } receipt)
            return new EvidenceRefusal(EvidenceCodes.ReceiptMalformed);
        return receipt.Meeting.AsSpan().SequenceEqual(meeting)
            ? receipt
            : new EvidenceRefusal(EvidenceCodes.ReceiptMeeting);
    }

    private static bool Follows(RelayReceipt later, RelayReceipt earlier, ReadOnlyMemory<byte> earlierBytes)
    {
        if (later.Window <= earlier.Window)
            return false;
        return later.Window - earlier.Window > 1
            || SHA256.HashData(earlierBytes.Span).AsSpan().SequenceEqual(later.Previous);
    }

    private static RelayReceipt Read(CborReader reader)
    {
        reader.StartMap(8);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var meeting = reader.Bytes(16);
        var receipt = new RelayReceipt
        {
            Meeting = meeting,
            Window = Uint(3),
            WindowStart = Uint(4),
            WindowEnd = Uint(5),
            LeafCount = Uint(6),
            Root = Hash(7),
            Previous = Hash(8),
        };
        CborForm.Expect(receipt.LeafCount >= 1);
        reader.ReadEndMap();
        return receipt;

        ulong Uint(int key)
        {
            reader.Key(key);
            return reader.ReadUInt64();
        }

        byte[] Hash(int key)
        {
            reader.Key(key);
            return reader.Bytes(32);
        }
    }
}
