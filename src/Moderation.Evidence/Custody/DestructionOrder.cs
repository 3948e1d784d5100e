// The order to destroy one recipient key, signed by one operator and then by a second one who carries it out.
using System.Formats.Cbor;

namespace Moderation.Evidence.Custody;

/// <summary>What both operators sign: a map of exactly keys 1..5 under content type
/// <c>application/vnd.moderation-destruction-order+cbor</c> and external_aad <c>moderation/destruction-order/v1</c>. The order's
/// bytes are a CBOR array of one or two such COSE_Sign1 with the same payload.</summary>
/// <param name="Kid">32 bytes, kid of the recipient key.</param>
/// <param name="Reason">Why, 1 .. 512 characters.</param>
/// <param name="MadeMs">ms since 1970.</param>
/// <param name="NotAfterMs">ms since 1970; afterwards the order is void.</param>
public sealed record DestructionOrder(byte[] Kid, string Reason, ulong MadeMs, ulong NotAfterMs)
{
    private const string ContentType = "application/vnd.moderation-destruction-order+cbor";
    private const string Label = "moderation/destruction-order/v1";
    private const int Longest = 4_096;

    /// <summary>The first operator's order.</summary>
    public byte[] Sign(CoseSigner first) => Assemble([Approve(first, Encode())]);

    /// <summary>The same order with a second operator's signature; null when it already has two or is not of the form.</summary>
    public static byte[]? Countersign(ReadOnlyMemory<byte> order, CoseSigner second) =>
        Items(order) is [var first] && CoseSign1.Parse(first, ContentType) is { } signed
            ? Assemble([first.ToArray(), Approve(second, signed.Payload.Span)])
            : null;

    /// <summary>The order and who signed it, in order; null when a signature is by none of the keys or anything is not of the form.</summary>
    /// <param name="bytes">The order's bytes.</param>
    /// <param name="keyOf">The operator's key with this kid (hex), or null.</param>
    public static (DestructionOrder Order, IReadOnlyList<string> Kids)? Verify(
        ReadOnlyMemory<byte> bytes,
        Func<string, CoseKey?> keyOf
    )
    {
        if (Items(bytes) is not { Length: >= 1 } items)
            return null;
        var signatures = items.Select(item => CoseSign1.Parse(item, ContentType)).ToArray();
        if (
            !Array.TrueForAll(
                signatures,
                signed =>
                    signed is not null
                    && keyOf(signed.KidHex) is { } key
                    && signed.Verify(key, Label)
                    && signed.Payload.Span.SequenceEqual(signatures[0]!.Payload.Span)
            )
        )
            return null;
        return CborForm.Read(signatures[0]!.Payload, Read) is { } order
            ? (order, [.. signatures.Select(signed => signed!.KidHex)])
            : null;
    }

    private byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(5);
            writer.Member(1, 1).Member(2, Kid);
            writer.WriteInt32(3);
            writer.WriteTextString(Reason);
            writer.Member(4, MadeMs).Member(5, NotAfterMs);
            writer.WriteEndMap();
        });

    private static DestructionOrder Read(CborReader reader)
    {
        reader.StartMap(5);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var kid = reader.Bytes(32);
        reader.Key(3);
        var reason = reader.ReadTextString();
        CborForm.Expect(reason.Length is >= 1 and <= 512);
        reader.Key(4);
        var made = reader.ReadUInt64();
        reader.Key(5);
        var until = reader.ReadUInt64();
        reader.ReadEndMap();
        return new DestructionOrder(kid, reason, made, until);
    }

    private static byte[] Approve(CoseSigner signer, ReadOnlySpan<byte> payload) =>
        CoseSign1.Sign(signer, ContentType, Label, payload);

    private static ReadOnlyMemory<byte>[]? Items(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(bytes, reader => reader.ByteStrings(most: 2, longest: Longest));

    private static byte[] Assemble(IReadOnlyList<byte[]> items) =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(items.Count);
            foreach (var item in items)
                writer.WriteByteString(item);
            writer.WriteEndArray();
        });
}
