// The platform's word that a device key belongs to an account (section 5.2).
using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>A device certificate. Its times are seconds since 1970.</summary>
public sealed record DeviceCertificate
{
    public required string Issuer { get; init; }

    /// <summary>The account's pseudonym.</summary>
    public required string Subject { get; init; }
    public required ulong ExpiresSeconds { get; init; }
    public required ulong NotBeforeSeconds { get; init; }
    public required ulong IssuedSeconds { get; init; }

    /// <summary>16 bytes.</summary>
    public required byte[] CertificateId { get; init; }
    public required CoseKey Device { get; init; }

    /// <summary>Manifest key 19: SHA-256 of the complete bytes, D2 included.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte> certificate) => SHA256.HashData(certificate);

    /// <summary>Signs it with the device CA key.</summary>
    public byte[] Sign(CoseSigner authority) =>
        CoseSign1.Sign(
            authority,
            CoseContentTypes.DeviceCertificate,
            CoseLabels.DeviceCertificate,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(7);
                writer.WriteInt32(1);
                writer.WriteTextString(Issuer);
                writer.WriteInt32(2);
                writer.WriteTextString(Subject);
                writer.Member(4, ExpiresSeconds).Member(5, NotBeforeSeconds).Member(6, IssuedSeconds);
                writer.Member(7, CertificateId);
                writer.WriteInt32(8);
                writer.WriteStartMap(1);
                writer.WriteInt32(1);
                writer.WriteEncodedValue(Device.Encode());
                writer.WriteEndMap();
                writer.WriteEndMap();
            })
        );

    /// <summary>The certificate when this authority signed it and it has the form; null otherwise.</summary>
    public static DeviceCertificate? Verify(ReadOnlyMemory<byte> bytes, CoseKey authority) =>
        CoseSign1.Parse(bytes, CoseContentTypes.DeviceCertificate) is { } envelope
        && envelope.Verify(authority, CoseLabels.DeviceCertificate)
            ? CborForm.Read(envelope.Payload, Read)
            : null;

    private static DeviceCertificate? Read(CborReader reader)
    {
        reader.StartMap(7);
        reader.Key(1);
        var issuer = reader.ReadTextString();
        reader.Key(2);
        var subject = reader.ReadTextString();
        reader.Key(4);
        var expires = reader.ReadUInt64();
        reader.Key(5);
        var notBefore = reader.ReadUInt64();
        reader.Key(6);
        var issued = reader.ReadUInt64();
        reader.Key(7);
        var id = reader.Bytes(16);
        reader.Key(8);
        reader.StartMap(1);
        reader.Key(1);
        var key = CoseKey.Parse(reader.ReadEncodedValue());
        reader.ReadEndMap();
        reader.ReadEndMap();
        if (key is null)
            return null;
        return new DeviceCertificate
        {
            Issuer = issuer,
            Subject = subject,
            ExpiresSeconds = expires,
            NotBeforeSeconds = notBefore,
            IssuedSeconds = issued,
            CertificateId = id,
            Device = key,
        };
    }
}
