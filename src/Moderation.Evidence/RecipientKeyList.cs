// The signed list that tells clients whom to seal to (section 5.3).
using System.Formats.Cbor;

namespace Moderation.Evidence;

/// <summary>Recipient public keys under the platform's configuration key. Times are ms since 1970.</summary>
public sealed record RecipientKeyList(ulong NotBeforeMs, ulong NotAfterMs, IReadOnlyList<RecipientKey> Keys)
{
    // The format sets no limit; this is more than a client ever needs and keeps a reader bounded.
    private const int MostKeys = 64;

    /// <summary>Signs the list with the configuration key.</summary>
    public byte[] Sign(CoseSigner configuration) =>
        CoseSign1.Sign(
            configuration,
            CoseContentTypes.RecipientKeys,
            CoseLabels.RecipientKeys,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(4);
                writer.Member(1, 1).Member(2, NotBeforeMs).Member(3, NotAfterMs);
                writer.WriteInt32(4);
                writer.WriteStartArray(Keys.Count);
                foreach (var key in Keys)
                {
                    writer.WriteStartArray(3);
                    writer.WriteUInt32(key.Role);
                    writer.WriteUInt32((uint)key.Kem);
                    writer.WriteByteString(key.PublicKey);
                    writer.WriteEndArray();
                }
                writer.WriteEndArray();
                writer.WriteEndMap();
            })
        );

    /// <summary>The list when it is signed by this key, of the form, and valid now; null otherwise.</summary>
    public static RecipientKeyList? Verify(ReadOnlyMemory<byte> bytes, CoseKey configuration, ulong nowMs) =>
        VerifyAtAnyTime(bytes, configuration) is { } list && list.NotBeforeMs <= nowMs && nowMs <= list.NotAfterMs
            ? list
            : null;

    /// <summary>The same without a look at the clock, for whoever signs the keys again for another term.</summary>
    public static RecipientKeyList? VerifyAtAnyTime(ReadOnlyMemory<byte> bytes, CoseKey configuration) =>
        CoseSign1.Parse(bytes, CoseContentTypes.RecipientKeys) is { } envelope
        && envelope.Verify(configuration, CoseLabels.RecipientKeys)
            ? CborForm.Read(envelope.Payload, Read)
            : null;

    /// <summary>The first key of each role from 1 on, as a writer seals to; the policy asks for roles 1 and 2.</summary>
    public IReadOnlyList<RecipientKey> ForSealing() =>
        [.. Keys.GroupBy(key => key.Role).OrderBy(role => role.Key).Select(role => role.First())];

    private static RecipientKeyList Read(CborReader reader)
    {
        reader.StartMap(4);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var notBefore = reader.ReadUInt64();
        reader.Key(3);
        var notAfter = reader.ReadUInt64();
        reader.Key(4);
        var count = reader.ReadStartArray() ?? 0;
        CborForm.Expect(count is >= 1 and <= MostKeys);
        var keys = new RecipientKey[count];
        for (var i = 0; i < count; i++)
        {
            reader.StartArray(3);
            var role = reader.ReadUInt32();
            var kem = (Kem)reader.ReadInt32();
            CborForm.Expect(role is >= 1 and <= EvidenceLimits.Recipients && Hpke.PublicKeyLength(kem) > 0);
            keys[i] = new RecipientKey(role, kem, reader.Bytes(Hpke.PublicKeyLength(kem)));
            reader.ReadEndArray();
        }
        reader.ReadEndArray();
        reader.ReadEndMap();
        return new RecipientKeyList(notBefore, notAfter, keys);
    }
}
