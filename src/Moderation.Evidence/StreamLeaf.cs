// What a relay states of one sender's stream under one SFrame key (section 12.2).
namespace Moderation.Evidence;

/// <summary>The stream leaf L.</summary>
/// <param name="Participant">16 bytes.</param>
/// <param name="Stream">Number of the participant's track.</param>
/// <param name="Kid">The SFrame KID.</param>
/// <param name="KeyCommitment">kc, 32 bytes.</param>
/// <param name="FrameCount">1 .. 4,096.</param>
/// <param name="ByteCount">Sum of the frame lengths.</param>
/// <param name="FramesRoot">Merkle root over the frame hashes.</param>
public sealed record StreamLeaf(
    byte[] Participant,
    ulong Stream,
    ulong Kid,
    byte[] KeyCommitment,
    ulong FrameCount,
    ulong ByteCount,
    byte[] FramesRoot
)
{
    /// <summary>The deterministic array of seven.</summary>
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(7);
            writer.WriteByteString(Participant);
            writer.WriteUInt64(Stream);
            writer.WriteUInt64(Kid);
            writer.WriteByteString(KeyCommitment);
            writer.WriteUInt64(FrameCount);
            writer.WriteUInt64(ByteCount);
            writer.WriteByteString(FramesRoot);
            writer.WriteEndArray();
        });

    /// <summary>Null for any defect.</summary>
    public static StreamLeaf? Parse(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(
            bytes,
            reader =>
            {
                reader.StartArray(7);
                // Arguments are evaluated left to right, which is the order on the wire.
                var leaf = new StreamLeaf(
                    reader.Bytes(16),
                    reader.ReadUInt64(),
                    reader.ReadUInt64(),
                    reader.Bytes(32),
                    reader.ReadUInt64(),
                    reader.ReadUInt64(),
                    reader.Bytes(32)
                );
                reader.ReadEndArray();
                CborForm.Expect(leaf.FrameCount is >= 1 and <= EvidenceLimits.Frames);
                return leaf;
            }
        );
}
