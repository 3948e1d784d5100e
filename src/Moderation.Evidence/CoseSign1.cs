// Signs, reads and checks a COSE_Sign1 of exactly the form of section 11.
using System.Formats.Cbor;
using System.Text;

namespace Moderation.Evidence;

/// <summary>One signed object: D2 84 bstr(protected) A0 bstr(payload) bstr(signature).</summary>
public sealed class CoseSign1
{
    private const byte Tag = 0xD2;

    private CoseSign1(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> payload) =>
        (Bytes, Protected, Payload) = (bytes, header, payload);

    /// <summary>The complete bytes as received, D2 included.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The encoded protected map.</summary>
    public ReadOnlyMemory<byte> Protected { get; }

    /// <summary>The content of the payload byte string.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The alg of the header; may be one that no key here has.</summary>
    public required long Algorithm { get; init; }

    public required string ContentType { get; init; }

    /// <summary>The 32-byte kid of the header.</summary>
    public required byte[] Kid { get; init; }

    /// <summary>The kid as lower-case hex.</summary>
    public string KidHex => Convert.ToHexStringLower(Kid);

    /// <summary>Makes a signed object.</summary>
    /// <param name="signer">The private key; its alg and kid go into the header.</param>
    /// <param name="contentType">One of <see cref="CoseContentTypes"/>.</param>
    /// <param name="label">The external_aad, one of <see cref="CoseLabels"/>.</param>
    /// <param name="payload">The payload bytes.</param>
    public static byte[] Sign(CoseSigner signer, string contentType, string label, ReadOnlySpan<byte> payload)
    {
        var header = CborForm.Write(writer =>
        {
            writer.WriteStartMap(3);
            writer.WriteInt32(1);
            writer.WriteInt32((int)signer.PublicKey.Algorithm);
            writer.WriteInt32(3);
            writer.WriteTextString(contentType);
            writer.Member(4, signer.PublicKey.Kid);
            writer.WriteEndMap();
        });
        var signature = signer.Sign(SignedBytes(header, label, payload));
        var body = new CborWriter(CborConformanceMode.Ctap2Canonical);
        body.WriteStartArray(4);
        body.WriteByteString(header);
        body.WriteStartMap(0);
        body.WriteEndMap();
        body.WriteByteString(payload);
        body.WriteByteString(signature);
        body.WriteEndArray();
        return [Tag, .. body.Encode()];
    }

    /// <summary>Reads an object of the exact form with this content type; null for anything else.</summary>
    public static CoseSign1? Parse(ReadOnlyMemory<byte> bytes, string contentType)
    {
        // Ctap2Canonical refuses every tag, so D2 is checked by hand (section 24).
        if (bytes.IsEmpty || bytes.Span[0] != Tag)
            return null;
        var parsed = CborForm.Read(bytes[1..], reader => ReadBody(reader, bytes));
        return parsed?.ContentType == contentType ? parsed : null;
    }

    /// <summary>True when this key has the header's kid and alg and its signature verifies under the label.</summary>
    public bool Verify(CoseKey key, string label) =>
        Algorithm == (long)key.Algorithm
        && key.Kid.SequenceEqual(Kid)
        && key.Verify(SignedBytes(Protected.Span, label, Payload.Span), Signature.Span);

    // Sig_structure of RFC 9052: ["Signature1", protected, external_aad, payload].
    private static byte[] SignedBytes(ReadOnlySpan<byte> header, string label, ReadOnlySpan<byte> payload)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartArray(4);
        writer.WriteTextString("Signature1");
        writer.WriteByteString(header);
        writer.WriteByteString(Encoding.ASCII.GetBytes(label));
        writer.WriteByteString(payload);
        writer.WriteEndArray();
        return writer.Encode();
    }

    private static CoseSign1? ReadBody(CborReader reader, ReadOnlyMemory<byte> bytes)
    {
        reader.StartArray(4);
        var header = reader.Bytes();
        reader.StartMap(0);
        reader.ReadEndMap();
        var payload = reader.Bytes();
        var signature = reader.Bytes();
        reader.ReadEndArray();
        CborForm.Expect(signature.Length == 64);
        return CborForm.Read(
            header,
            inner =>
            {
                inner.StartMap(3);
                inner.Key(1);
                var algorithm = ReadAlgorithm(inner);
                inner.Key(3);
                var contentType = inner.ReadTextString();
                inner.Key(4);
                var kid = inner.Bytes(32);
                inner.ReadEndMap();
                return new CoseSign1(bytes, header, payload)
                {
                    Signature = signature,
                    Algorithm = algorithm,
                    ContentType = contentType,
                    Kid = kid,
                };
            }
        );
    }

    // An integer of any size has the form; one beyond 64 bits signed is no algorithm of ours and reads as 0.
    private static long ReadAlgorithm(CborReader reader)
    {
        if (reader.PeekState() == CborReaderState.UnsignedInteger)
            return reader.ReadUInt64() is var number && number <= long.MaxValue ? (long)number : 0;
        var beyond = reader.ReadCborNegativeIntegerRepresentation();
        return beyond <= long.MaxValue ? -1 - (long)beyond : 0;
    }
}
