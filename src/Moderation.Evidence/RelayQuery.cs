// The intake's question to a meeting's relay, signed so that the relay answers nobody else (docs/relay.md).
using System.Formats.Cbor;

namespace Moderation.Evidence;

/// <summary>A COSE_Sign1 by the intake's receipt key. The host's challenge stays with the intake.</summary>
/// <param name="Meeting">16 bytes.</param>
/// <param name="AskedMs">ms since 1970; a relay answers within 60 s of it.</param>
/// <param name="Kids">1 .. 2,048 of them.</param>
public sealed record RelayQuery(byte[] Meeting, ulong AskedMs, IReadOnlyList<StreamKid> Kids)
{
    /// <summary>How far the two clocks may lie apart, in ms.</summary>
    public const ulong MostAge = 60_000;

    /// <summary>Longest question, in bytes.</summary>
    public const int MostBytes = AttestationQuery.MostBytes + 512;

    /// <summary>The signed question.</summary>
    public byte[] Sign(CoseSigner intake) =>
        CoseSign1.Sign(
            intake,
            CoseContentTypes.RelayQuery,
            CoseLabels.RelayQuery,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(4);
                writer.Member(1, 1).Member(2, Meeting).Member(3, AskedMs);
                writer.WriteInt32(4);
                StreamKids.Write(writer, Kids);
                writer.WriteEndMap();
            })
        );

    /// <summary>The question, when this intake signed it within a minute of now; null for anything else.</summary>
    public static RelayQuery? Verify(ReadOnlyMemory<byte> bytes, CoseKey intake, ulong nowMs)
    {
        if (CoseSign1.Parse(bytes, CoseContentTypes.RelayQuery) is not { } envelope)
            return null;
        if (!envelope.Verify(intake, CoseLabels.RelayQuery) || CborForm.Read(envelope.Payload, Read) is not { } query)
            return null;
        var apart = Math.Max(query.AskedMs, nowMs) - Math.Min(query.AskedMs, nowMs);
        return apart <= MostAge ? query : null;
    }

    private static RelayQuery Read(CborReader reader)
    {
        reader.StartMap(4);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var meeting = reader.Bytes(16);
        reader.Key(3);
        var asked = reader.ReadUInt64();
        reader.Key(4);
        var kids = StreamKids.Read(reader);
        reader.ReadEndMap();
        return new RelayQuery(meeting, asked, kids);
    }
}
