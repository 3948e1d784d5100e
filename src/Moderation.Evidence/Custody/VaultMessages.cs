// What the API says to the vault and hears from it, as deterministic CBOR maps with integer keys.
using System.Formats.Cbor;
using static Moderation.Evidence.Custody.MessageFields;

namespace Moderation.Evidence.Custody;

/// <summary>What the API asks the vault for; the numbers are on the wire.</summary>
public enum VaultRequestKind
{
    /// <summary>State of the vault, no evidence involved.</summary>
    Health = 1,

    /// <summary>Key releases to an analyst's browser (evidence-bundle.md 20).</summary>
    Release = 2,

    /// <summary>A disclosure package (evidence-bundle.md 21).</summary>
    Disclose = 3,

    /// <summary>A bundle is destroyed (<see cref="VaultDestruction"/>).</summary>
    Destroy = 4,
}

/// <summary>Status of a device as the API asserts it (evidence-bundle.md 16, step B5).</summary>
public enum AssertedDeviceStatus
{
    /// <summary>Neither revoked nor frozen.</summary>
    Active = 0,

    /// <summary>Refused with <c>evb1.device-revoked</c>.</summary>
    Revoked = 1,

    /// <summary>Refused with <c>evb1.device-frozen</c>.</summary>
    Frozen = 2,
}

/// <summary>Kind of answer; the numbers are on the wire.</summary>
public enum VaultAnswerKind
{
    /// <summary>Refused; the code says why.</summary>
    Refused = 0,

    /// <summary>Done.</summary>
    Done = 1,

    /// <summary>The vault has not yet hashed this bundle: send every segment ciphertext, in index order.</summary>
    NeedSegments = 2,
}

/// <summary>The first bytes of one requested segment's ciphertext: enough for the Cobblestone commitment (19.2, V8).</summary>
/// <param name="Index">Segment index.</param>
/// <param name="Start">First 56 bytes of the ciphertext.</param>
public sealed record SegmentStart(int Index, byte[] Start);

/// <summary>Request of the API for key releases or for a disclosure package.</summary>
/// <param name="Kind"><see cref="VaultRequestKind.Release"/> or <see cref="VaultRequestKind.Disclose"/>.</param>
/// <param name="HeadPart">Header, manifest, table and receipts exactly as received (section 4).</param>
/// <param name="Grant">Grant array of one or two COSE_Sign1 (19.1).</param>
/// <param name="KeyRequest">Key request COSE_Sign1 (20.1).</param>
/// <param name="IntakeReceipt">Intake receipt COSE_Sign1 (16).</param>
/// <param name="DeviceKey">COSE_Key of the device; its kid is its hash.</param>
/// <param name="DeviceStatus">Status the API asserts.</param>
/// <param name="DeviceCertificateHash">32 bytes, zeros for a device without certificate (5.2).</param>
/// <param name="Meeting">16 bytes, meeting_uuid the API knows.</param>
/// <param name="Hosts">16 bytes each, pseudonyms of everybody who is or was a host of that meeting.</param>
/// <param name="CaseId">16 bytes, the case for which the grant must be.</param>
/// <param name="Starts">One per requested index, ascending.</param>
/// <param name="DeviceCertificate">Disclosure only: complete certificate, or empty.</param>
/// <param name="AcceptanceProof">Disclosure only: proof of the acceptance entry, or empty.</param>
/// <param name="TimeStampToken">Disclosure only: RFC 3161 token, or empty.</param>
public sealed record VaultOpening(
    VaultRequestKind Kind,
    byte[] HeadPart,
    byte[] Grant,
    byte[] KeyRequest,
    byte[] IntakeReceipt,
    byte[] DeviceKey,
    AssertedDeviceStatus DeviceStatus,
    byte[] DeviceCertificateHash,
    byte[] Meeting,
    IReadOnlyList<byte[]> Hosts,
    byte[] CaseId,
    IReadOnlyList<SegmentStart> Starts,
    byte[] DeviceCertificate,
    byte[] AcceptanceProof,
    byte[] TimeStampToken
);

/// <summary>Answer to <see cref="VaultRequestKind.Health"/>.</summary>
/// <param name="Version">Product version of the vault.</param>
/// <param name="SigningKid">32 bytes, kid of the vault's signing key.</param>
/// <param name="RecipientKids">32 bytes each, kids of role 1 the vault can open.</param>
/// <param name="CustodianReachable">Whether the custodian's socket takes a connection.</param>
/// <param name="Dumpable">Value of PR_GET_DUMPABLE; 0 when hardened.</param>
public sealed record VaultHealth(
    string Version,
    byte[] SigningKid,
    IReadOnlyList<byte[]> RecipientKids,
    bool CustodianReachable,
    int Dumpable
);

/// <summary>Any answer of the vault.</summary>
/// <param name="Kind">What follows.</param>
/// <param name="Code">The refusal's code; empty otherwise.</param>
/// <param name="SignedObjects">Release: one key release a requested index, in that order. Disclosure: the one package. Else empty.</param>
/// <param name="AuditEntry">The entry that was logged before the opening (19.2); empty otherwise.</param>
public sealed record VaultAnswer(
    VaultAnswerKind Kind,
    string Code,
    IReadOnlyList<byte[]> SignedObjects,
    byte[] AuditEntry
)
{
    /// <summary>A refusal with that code.</summary>
    public static VaultAnswer Refused(string code) => new(VaultAnswerKind.Refused, code, [], []);

    /// <summary>Asks for the segments.</summary>
    public static VaultAnswer NeedSegments { get; } = new(VaultAnswerKind.NeedSegments, "", [], []);

    /// <summary>Done, with the signed objects.</summary>
    public static VaultAnswer Done(IReadOnlyList<byte[]> signedObjects, byte[] auditEntry) =>
        new(VaultAnswerKind.Done, "", signedObjects, auditEntry);
}

/// <summary>Encodes and decodes the messages between API and vault. A message that is not exactly of its shape is
/// <see cref="InvalidDataException"/>.</summary>
public static class VaultMessages
{
    /// <summary>`{1: 1, 2: 1}`.</summary>
    public static byte[] HealthRequest()
    {
        var writer = Start(2);
        Put(writer, 2, (ulong)VaultRequestKind.Health);
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>The kind of a request.</summary>
    /// <param name="message">The encoded item.</param>
    public static VaultRequestKind KindOf(ReadOnlyMemory<byte> message) =>
        Read(
            message,
            reader =>
            {
                reader.ReadStartMap();
                Expect(reader, 1);
                if (reader.ReadUInt64() != 1)
                    throw new InvalidDataException("Unknown version of the vault's protocol.");
                Expect(reader, 2);
                var kind = (VaultRequestKind)reader.ReadInt32();
                return Enum.IsDefined(kind) ? kind : throw new InvalidDataException("Unknown request.");
            },
            whole: false
        );

    /// <summary>Map of exactly keys 1..16: version, kind, then the members of <see cref="VaultOpening"/> in order.</summary>
    /// <param name="opening">What is asked.</param>
    public static byte[] Encode(VaultOpening opening)
    {
        ArgumentNullException.ThrowIfNull(opening);
        var writer = Start(16);
        Put(writer, 2, (ulong)opening.Kind);
        Put(writer, 3, opening.HeadPart);
        Put(writer, 4, opening.Grant);
        Put(writer, 5, opening.KeyRequest);
        Put(writer, 6, opening.IntakeReceipt);
        Put(writer, 7, opening.DeviceKey);
        Put(writer, 8, (ulong)opening.DeviceStatus);
        Put(writer, 9, opening.DeviceCertificateHash);
        Put(writer, 10, opening.Meeting);
        Put(writer, 11, opening.Hosts);
        Put(writer, 12, opening.CaseId);
        writer.WriteInt32(13);
        writer.WriteStartArray(opening.Starts.Count);
        foreach (var start in opening.Starts)
        {
            writer.WriteStartArray(2);
            writer.WriteInt32(start.Index);
            writer.WriteByteString(start.Start);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        Put(writer, 14, opening.DeviceCertificate);
        Put(writer, 15, opening.AcceptanceProof);
        Put(writer, 16, opening.TimeStampToken);
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Reads what <see cref="Encode(VaultOpening)"/> wrote.</summary>
    /// <param name="message">The encoded item.</param>
    public static VaultOpening DecodeOpening(ReadOnlyMemory<byte> message) =>
        Read(
            message,
            reader =>
            {
                Begin(reader, 16);
                var kind = (VaultRequestKind)Number(reader, 2, 3);
                var head = Bytes(reader, 3);
                var grant = Bytes(reader, 4);
                var request = Bytes(reader, 5);
                var receipt = Bytes(reader, 6);
                var device = Bytes(reader, 7);
                var status = (AssertedDeviceStatus)Number(reader, 8, 2);
                var certificateHash = Bytes(reader, 9, 32);
                var meeting = Bytes(reader, 10, 16);
                var hosts = Array(reader, 11, 10_000, 16);
                var caseId = Bytes(reader, 12, 16);
                Expect(reader, 13);
                var count = reader.ReadStartArray() ?? throw new InvalidDataException("Indefinite length.");
                if (count > 2_048)
                    throw new InvalidDataException("Too many segment starts.");
                var starts = new SegmentStart[count];
                for (var i = 0; i < count; i++)
                {
                    if (reader.ReadStartArray() != 2)
                        throw new InvalidDataException("A segment start is [index, bytes].");
                    starts[i] = new(reader.ReadInt32(), reader.ReadByteString());
                    reader.ReadEndArray();
                }
                reader.ReadEndArray();
                var certificate = Bytes(reader, 14);
                var proof = Bytes(reader, 15);
                var token = Bytes(reader, 16);
                reader.ReadEndMap();
                return new VaultOpening(
                    kind,
                    head,
                    grant,
                    request,
                    receipt,
                    device,
                    status,
                    certificateHash,
                    meeting,
                    hosts,
                    caseId,
                    starts,
                    certificate,
                    proof,
                    token
                );
            }
        );

    /// <summary>One segment ciphertext as a message of its own: a CBOR byte string.</summary>
    /// <param name="ciphertext">The complete ciphertext.</param>
    public static byte[] Segment(ReadOnlySpan<byte> ciphertext)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteByteString(ciphertext);
        return writer.Encode();
    }

    /// <summary>The ciphertext in a segment message; the memory is part of <paramref name="message"/>.</summary>
    /// <param name="message">The encoded item.</param>
    public static ReadOnlyMemory<byte> DecodeSegment(ReadOnlyMemory<byte> message) =>
        Read(message, reader => reader.ReadDefiniteLengthByteString());

    /// <summary>`{1: 0, 2: code}`, `{1: 1, 2: [signed], 3: audit entry}` or `{1: 2}`.</summary>
    /// <param name="answer">What the vault says.</param>
    public static byte[] Encode(VaultAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(
            answer.Kind switch
            {
                VaultAnswerKind.Refused => 2,
                VaultAnswerKind.Done => 3,
                _ => 1,
            }
        );
        Put(writer, 1, (ulong)answer.Kind);
        if (answer.Kind == VaultAnswerKind.Refused)
        {
            writer.WriteInt32(2);
            writer.WriteTextString(answer.Code);
        }
        if (answer.Kind == VaultAnswerKind.Done)
        {
            Put(writer, 2, answer.SignedObjects);
            Put(writer, 3, answer.AuditEntry);
        }
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Reads what <see cref="Encode(VaultAnswer)"/> wrote.</summary>
    /// <param name="message">The encoded item.</param>
    public static VaultAnswer DecodeAnswer(ReadOnlyMemory<byte> message) =>
        Read(
            message,
            reader =>
            {
                var size = reader.ReadStartMap();
                var kind = (VaultAnswerKind)Number(reader, 1, 2);
                VaultAnswer answer;
                switch (kind, size)
                {
                    case (VaultAnswerKind.Refused, 2):
                        Expect(reader, 2);
                        answer = VaultAnswer.Refused(reader.ReadTextString());
                        break;
                    case (VaultAnswerKind.Done, 3):
                        answer = VaultAnswer.Done(Array(reader, 2, 2_048, null), Bytes(reader, 3));
                        break;
                    case (VaultAnswerKind.NeedSegments, 1):
                        answer = VaultAnswer.NeedSegments;
                        break;
                    default:
                        throw new InvalidDataException("Unknown answer.");
                }
                reader.ReadEndMap();
                return answer;
            }
        );

    /// <summary>`{1: 1, 2: version, 3: signing kid, 4: [recipient kids], 5: custodian reachable 0/1, 6: dumpable}`.</summary>
    /// <param name="health">The vault's state.</param>
    public static byte[] Encode(VaultHealth health)
    {
        ArgumentNullException.ThrowIfNull(health);
        var writer = Start(6);
        writer.WriteInt32(2);
        writer.WriteTextString(health.Version);
        Put(writer, 3, health.SigningKid);
        Put(writer, 4, health.RecipientKids);
        Put(writer, 5, health.CustodianReachable ? 1UL : 0UL);
        Put(writer, 6, (ulong)health.Dumpable);
        writer.WriteEndMap();
        return writer.Encode();
    }

    /// <summary>Reads what <see cref="Encode(VaultHealth)"/> wrote.</summary>
    /// <param name="message">The encoded item.</param>
    public static VaultHealth DecodeHealth(ReadOnlyMemory<byte> message) =>
        Read(
            message,
            reader =>
            {
                Begin(reader, 6);
                Expect(reader, 2);
                var version = reader.ReadTextString();
                var health = new VaultHealth(
                    version,
                    Bytes(reader, 3, 32),
                    Array(reader, 4, 1_024, 32),
                    Number(reader, 5, 1) == 1,
                    Number(reader, 6, 2)
                );
                reader.ReadEndMap();
                return health;
            }
        );

    private static CborWriter Start(int members)
    {
        var writer = new CborWriter(CborConformanceMode.Ctap2Canonical);
        writer.WriteStartMap(members);
        Put(writer, 1, 1UL);
        return writer;
    }

    private static void Put(CborWriter writer, int key, ulong value)
    {
        writer.WriteInt32(key);
        writer.WriteUInt64(value);
    }

    private static void Put(CborWriter writer, int key, byte[] value)
    {
        writer.WriteInt32(key);
        writer.WriteByteString(value);
    }

    private static void Put(CborWriter writer, int key, IReadOnlyList<byte[]> values)
    {
        writer.WriteInt32(key);
        writer.WriteStartArray(values.Count);
        foreach (var value in values)
            writer.WriteByteString(value);
        writer.WriteEndArray();
    }
}
