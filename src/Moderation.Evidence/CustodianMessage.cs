// The two messages between vault and custodian, without their length prefix (section 18).
namespace Moderation.Evidence;

/// <summary>Asks the custodian for its share.</summary>
/// <param name="Manifest">The manifest COSE_Sign1.</param>
/// <param name="Grant">The grant of section 19.1.</param>
/// <param name="KeyRequest">The key request of section 20.1.</param>
/// <param name="DeviceKey">The COSE_Key of the device, member 5. Section 18 forgets it, but nobody can verify the manifest's
/// signature without it; its kid is its hash, so it needs no trust (docs/decisions/0018).</param>
public sealed record CustodianRequest(
    ReadOnlyMemory<byte> Manifest,
    ReadOnlyMemory<byte> Grant,
    ReadOnlyMemory<byte> KeyRequest,
    ReadOnlyMemory<byte> DeviceKey
)
{
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(5);
            writer.Member(1, 1).Member(2, Manifest.Span).Member(3, Grant.Span).Member(4, KeyRequest.Span);
            writer.Member(5, DeviceKey.Span);
            writer.WriteEndMap();
        });

    /// <summary>Null for any defect.</summary>
    public static CustodianRequest? Parse(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(
            bytes,
            reader =>
            {
                reader.StartMap(5);
                reader.Key(1);
                reader.Constant(1);
                reader.Key(2);
                var manifest = reader.Bytes();
                reader.Key(3);
                var grant = reader.Bytes();
                reader.Key(4);
                var request = reader.Bytes();
                reader.Key(5);
                var device = reader.Bytes();
                reader.ReadEndMap();
                return new CustodianRequest(manifest, grant, request, device);
            }
        );
}

/// <summary>The custodian's answer: its 32-byte share, or the code it refused with. Exactly one is set.</summary>
public sealed record CustodianAnswer(byte[]? Share, string? Code)
{
    /// <summary>The message; its sender zeroes it when it holds a share.</summary>
    public byte[] Encode()
    {
        // {1: 1, 2: bstr 32} by hand: a CBOR writer would leave copies of the share in buffers that nobody zeroes.
        if (Share is { Length: 32 })
            return [0xA2, 0x01, 0x01, 0x02, 0x58, 0x20, .. Share];
        return CborForm.Write(writer =>
        {
            writer.WriteStartMap(2);
            writer.Member(1, 0);
            writer.WriteInt32(2);
            writer.WriteTextString(Code ?? EvidenceCodes.CustodianRefused);
            writer.WriteEndMap();
        });
    }

    /// <summary>Null for any defect.</summary>
    public static CustodianAnswer? Parse(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(
            bytes,
            reader =>
            {
                reader.StartMap(2);
                reader.Key(1);
                var isShare = reader.ReadUInt64();
                CborForm.Expect(isShare <= 1);
                reader.Key(2);
                var answer =
                    isShare == 1
                        ? new CustodianAnswer(reader.Bytes(32), null)
                        : new CustodianAnswer(null, reader.ReadTextString());
                reader.ReadEndMap();
                return answer;
            }
        );
}
