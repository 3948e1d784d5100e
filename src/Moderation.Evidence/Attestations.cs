// What a host asks about frames after the fact, and what the relay's side answers (section 12.2).
using System.Formats.Cbor;

namespace Moderation.Evidence;

/// <summary>One KID of one participant's stream.</summary>
/// <param name="Participant">16 bytes, meeting-scoped pseudonym.</param>
/// <param name="Stream">Number of the participant's track.</param>
/// <param name="Kid">The SFrame KID.</param>
public sealed record StreamKid(byte[] Participant, uint Stream, ulong Kid)
{
    public bool Equals(StreamKid? other) =>
        other is not null
        && Stream == other.Stream
        && Kid == other.Kid
        && Participant.AsSpan().SequenceEqual(other.Participant);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Participant);
        hash.Add(Stream);
        hash.Add(Kid);
        return hash.ToHashCode();
    }
}

/// <summary>The body of <c>POST /v1/reports/attestations</c>.</summary>
/// <param name="Challenge">32 bytes, as issued; asking does not consume it.</param>
/// <param name="Kids">1 .. 2,048 of them.</param>
public sealed record AttestationQuery(byte[] Challenge, IReadOnlyList<StreamKid> Kids)
{
    /// <summary>The media type of question and answer.</summary>
    public const string MediaType = "application/cbor";

    /// <summary>Longest body that can be of the form, in bytes.</summary>
    public const int MostBytes = 1 + 34 + 3 + (EvidenceLimits.Segments * (1 + 17 + 5 + 9));

    /// <summary>The deterministic array of two.</summary>
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(2);
            writer.WriteByteString(Challenge);
            StreamKids.Write(writer, Kids);
            writer.WriteEndArray();
        });

    /// <summary>Null for any defect.</summary>
    public static AttestationQuery? Parse(ReadOnlyMemory<byte> body) =>
        CborForm.Read(
            body,
            reader =>
            {
                reader.StartArray(2);
                var challenge = reader.Bytes(32);
                var kids = StreamKids.Read(reader);
                reader.ReadEndArray();
                return new AttestationQuery(challenge, kids);
            }
        );
}

/// <summary>What the relay holds of one KID.</summary>
/// <param name="Leaf">The encoded stream leaf L.</param>
/// <param name="LeafIndex">Its place under the receipt's root.</param>
/// <param name="Proof">Inclusion proof, at most 16 hashes.</param>
/// <param name="Receipt">The complete receipt.</param>
/// <param name="FrameHashes">h_j of every frame in the order received, 1 .. 4,096 of 32 bytes.</param>
public sealed record Attestation(
    ReadOnlyMemory<byte> Leaf,
    ulong LeafIndex,
    IReadOnlyList<byte[]> Proof,
    ReadOnlyMemory<byte> Receipt,
    IReadOnlyList<byte[]> FrameHashes
)
{
    // L: head, 16-byte pseudonym, five integers and hashes; it has no longer form.
    private const int LongestLeaf = 1 + 17 + 9 + 9 + 34 + 3 + 9 + 34;

    /// <summary>The answer: for each entry in order the array of five, or an empty array where nothing is known.</summary>
    public static byte[] EncodeAll(IReadOnlyList<Attestation?> answers) =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(answers.Count);
            foreach (var answer in answers)
                Write(writer, answer);
            writer.WriteEndArray();
        });

    /// <summary>Reads an answer to so many entries; null for any defect.</summary>
    public static Attestation?[]? ParseAll(ReadOnlyMemory<byte> body, int entries) =>
        CborForm.Read(
            body,
            reader =>
            {
                reader.StartArray(entries);
                var answers = new Attestation?[entries];
                for (var i = 0; i < entries; i++)
                    answers[i] = Read(reader);
                reader.ReadEndArray();
                return answers;
            }
        );

    private static void Write(CborWriter writer, Attestation? answer)
    {
        if (answer is null)
        {
            writer.WriteStartArray(0);
            writer.WriteEndArray();
            return;
        }
        writer.WriteStartArray(5);
        writer.WriteByteString(answer.Leaf.Span);
        writer.WriteUInt64(answer.LeafIndex);
        WriteHashes(writer, answer.Proof);
        writer.WriteByteString(answer.Receipt.Span);
        WriteHashes(writer, answer.FrameHashes);
        writer.WriteEndArray();
    }

    private static void WriteHashes(CborWriter writer, IReadOnlyList<byte[]> hashes)
    {
        writer.WriteStartArray(hashes.Count);
        foreach (var hash in hashes)
            writer.WriteByteString(hash);
        writer.WriteEndArray();
    }

    private static Attestation? Read(CborReader reader)
    {
        var members = reader.ReadStartArray();
        if (members == 0)
        {
            reader.ReadEndArray();
            return null;
        }
        CborForm.Expect(members == 5);
        var leaf = reader.Bytes();
        CborForm.Expect(leaf.Length is >= 1 and <= LongestLeaf);
        var index = reader.ReadUInt64();
        var proof = reader.Hashes(EvidenceLimits.LeafProof);
        var receipt = reader.Bytes();
        CborForm.Expect(receipt.Length is >= 1 and <= EvidenceLimits.Receipt);
        var hashes = reader.Hashes(EvidenceLimits.Frames);
        CborForm.Expect(hashes.Length >= 1);
        reader.ReadEndArray();
        return new Attestation(leaf, index, proof, receipt, hashes);
    }
}

internal static class StreamKids
{
    public static void Write(CborWriter writer, IReadOnlyList<StreamKid> kids)
    {
        writer.WriteStartArray(kids.Count);
        foreach (var kid in kids)
        {
            writer.WriteStartArray(3);
            writer.WriteByteString(kid.Participant);
            writer.WriteUInt32(kid.Stream);
            writer.WriteUInt64(kid.Kid);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    public static StreamKid[] Read(CborReader reader)
    {
        var kids = reader.Items(EvidenceLimits.Segments, ReadOne);
        CborForm.Expect(kids.Length >= 1);
        return kids;
    }

    private static StreamKid ReadOne(CborReader reader)
    {
        reader.StartArray(3);
        var kid = new StreamKid(reader.Bytes(16), reader.ReadUInt32(), reader.ReadUInt64());
        reader.ReadEndArray();
        return kid;
    }
}
