// One wrapped share of the content key, as it stands in manifest key 16 (section 5.1).
using System.Formats.Cbor;

namespace Moderation.Evidence;

/// <summary>A share sealed to one recipient.</summary>
/// <param name="Role">1 the vault, 2 the custodian.</param>
/// <param name="Kem">One of section 5.1.</param>
/// <param name="Kid">SHA-256 of the recipient's public key.</param>
/// <param name="Enc">The encapsulated key.</param>
/// <param name="Ciphertext">48 bytes: the sealed 32-byte share.</param>
public sealed record RecipientWrap(uint Role, Kem Kem, byte[] Kid, byte[] Enc, byte[] Ciphertext)
{
    internal void Write(CborWriter writer)
    {
        writer.WriteStartArray(5);
        writer.WriteUInt32(Role);
        writer.WriteUInt32((uint)Kem);
        writer.WriteByteString(Kid);
        writer.WriteByteString(Enc);
        writer.WriteByteString(Ciphertext);
        writer.WriteEndArray();
    }

    /// <summary>C5 of section 16; null for any defect.</summary>
    internal static RecipientWrap[]? ParseAll(ReadOnlyMemory<byte> array) =>
        CborForm.Read(
            array,
            reader =>
            {
                var count = reader.ReadStartArray() ?? 0;
                CborForm.Expect(count is >= 1 and <= EvidenceLimits.Recipients);
                var wraps = new RecipientWrap[count];
                for (uint p = 0; p < count; p++)
                    wraps[p] = Read(reader, role: p + 1);
                reader.ReadEndArray();
                return wraps;
            }
        );

    private static RecipientWrap Read(CborReader reader, uint role)
    {
        reader.StartArray(5);
        reader.Constant(role);
        var kem = (Kem)reader.ReadInt32();
        CborForm.Expect(Hpke.PublicKeyLength(kem) > 0);
        var wrap = new RecipientWrap(role, kem, reader.Bytes(32), reader.Bytes(Hpke.EncLength(kem)), reader.Bytes(48));
        reader.ReadEndArray();
        return wrap;
    }
}

/// <summary>A recipient's public key, to seal to or to accept.</summary>
/// <param name="Role">1 the vault, 2 the custodian.</param>
/// <param name="Kem">One of section 5.1.</param>
/// <param name="PublicKey">The serialized public key.</param>
public sealed record RecipientKey(uint Role, Kem Kem, byte[] PublicKey)
{
    /// <summary>SHA-256 of the public key.</summary>
    public byte[] Kid => Hpke.KidOf(PublicKey);
}
