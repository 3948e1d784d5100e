// The audit log's entry for one line of the event log: a salted digest, so that what the line says can be erased later.
using System.Security.Cryptography;

namespace Moderation.Evidence.Audit;

/// <summary>What an event says, everything that its digest binds.</summary>
/// <param name="Id">16 bytes.</param>
/// <param name="Kind">Dotted name of the event.</param>
/// <param name="OccurredUs">Microseconds since 1970.</param>
/// <param name="CaseId">16 bytes, or empty.</param>
/// <param name="AccountId">16 bytes, or empty.</param>
/// <param name="AccountVersion">0 where there is none.</param>
/// <param name="Actor">Empty where there is none.</param>
/// <param name="Payload">The JSON text as it stands in the database.</param>
public sealed record EventDetails(
    byte[] Id,
    string Kind,
    ulong OccurredUs,
    byte[] CaseId,
    byte[] AccountId,
    ulong AccountVersion,
    string Actor,
    string Payload
)
{
    /// <summary>SHA-256(salt || deterministic array of all members).</summary>
    /// <param name="salt">32 random bytes; without them nobody can try out what an erased line said.</param>
    public byte[] Digest(ReadOnlySpan<byte> salt)
    {
        var encoded = CborForm.Write(writer =>
        {
            writer.WriteStartArray(8);
            writer.WriteByteString(Id);
            writer.WriteTextString(Kind);
            writer.WriteUInt64(OccurredUs);
            writer.WriteByteString(CaseId);
            writer.WriteByteString(AccountId);
            writer.WriteUInt64(AccountVersion);
            writer.WriteTextString(Actor);
            writer.WriteTextString(Payload);
            writer.WriteEndArray();
        });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(encoded);
        return hash.GetHashAndReset();
    }
}

/// <summary>Deterministic map `{1: "event", 2: event id, 3: kind, 4: digest, 5: ms since 1970}`.</summary>
/// <param name="EventId">16 bytes.</param>
/// <param name="Kind">Dotted name of the event.</param>
/// <param name="Digest">32 bytes of <see cref="EventDetails.Digest"/>.</param>
/// <param name="TimeMs">When it happened, ms since 1970.</param>
public sealed record EventEntry(byte[] EventId, string Kind, byte[] Digest, ulong TimeMs)
{
    public const string Type = "event";

    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(5);
            writer.WriteInt32(1);
            writer.WriteTextString(Type);
            writer.Member(2, EventId);
            writer.WriteInt32(3);
            writer.WriteTextString(Kind);
            writer.Member(4, Digest).Member(5, TimeMs);
            writer.WriteEndMap();
        });

    /// <summary>Reads an entry; null when it is not of this form.</summary>
    public static EventEntry? Parse(ReadOnlyMemory<byte> entry) =>
        CborForm.Read(
            entry,
            reader =>
            {
                reader.StartMap(5);
                reader.Key(1);
                CborForm.Expect(reader.ReadTextString() == Type);
                reader.Key(2);
                var id = reader.Bytes(16);
                reader.Key(3);
                var kind = reader.ReadTextString();
                reader.Key(4);
                var digest = reader.Bytes(32);
                reader.Key(5);
                var time = reader.ReadUInt64();
                reader.ReadEndMap();
                return new EventEntry(id, kind, digest, time);
            }
        );
}
