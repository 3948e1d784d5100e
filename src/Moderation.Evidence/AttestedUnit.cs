// The plaintext of a kind-1 segment: frames as received, with what the relay said of them (section 12.4).
using System.Formats.Cbor;

namespace Moderation.Evidence;

/// <summary>One frame of attested media.</summary>
/// <param name="Bytes">The received SFrame frame, or the 32-byte hash of one that never arrived.</param>
/// <param name="IsPresent">False when <paramref name="Bytes"/> is only the hash.</param>
public readonly record struct AttestedFrame(ReadOnlyMemory<byte> Bytes, bool IsPresent);

/// <summary>The array of five of section 12.4.</summary>
/// <param name="BaseKey">K_seg, 32 bytes; the holder zeroes it.</param>
/// <param name="Leaf">The encoded stream leaf.</param>
/// <param name="LeafIndex">Its place under the receipt's root.</param>
/// <param name="Proof">Inclusion proof, at most 16 hashes.</param>
/// <param name="Frames">1 .. 4,096 frames in the order the relay received them.</param>
public sealed record AttestedUnit(
    byte[] BaseKey,
    ReadOnlyMemory<byte> Leaf,
    ulong LeafIndex,
    IReadOnlyList<byte[]> Proof,
    IReadOnlyList<AttestedFrame> Frames
)
{
    /// <summary>The deterministic plaintext.</summary>
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(5);
            writer.WriteByteString(BaseKey);
            writer.WriteByteString(Leaf.Span);
            writer.WriteUInt64(LeafIndex);
            writer.WriteStartArray(Proof.Count);
            foreach (var hash in Proof)
                writer.WriteByteString(hash);
            writer.WriteEndArray();
            writer.WriteStartArray(Frames.Count);
            foreach (var frame in Frames)
            {
                // A frame that never arrived stands as an array of one: its hash.
                if (!frame.IsPresent)
                    writer.WriteStartArray(1);
                writer.WriteByteString(frame.Bytes.Span);
                if (!frame.IsPresent)
                    writer.WriteEndArray();
            }
            writer.WriteEndArray();
            writer.WriteEndArray();
        });

    /// <summary>Null for any defect.</summary>
    public static AttestedUnit? Parse(ReadOnlyMemory<byte> plaintext) =>
        CborForm.Read(
            plaintext,
            reader =>
            {
                reader.StartArray(5);
                var baseKey = reader.Bytes(32);
                var leaf = reader.Bytes();
                var leafIndex = reader.ReadUInt64();
                var proof = reader.Hashes(EvidenceLimits.LeafProof);
                var frames = reader.Items(EvidenceLimits.Frames, ReadFrame);
                CborForm.Expect(frames.Length >= 1);
                reader.ReadEndArray();
                return new AttestedUnit(baseKey, leaf, leafIndex, proof, frames);
            }
        );

    private static AttestedFrame ReadFrame(CborReader reader)
    {
        if (reader.PeekState() != CborReaderState.StartArray)
            return new AttestedFrame(reader.Bytes(), IsPresent: true);
        reader.StartArray(1);
        var hash = reader.Bytes(32);
        reader.ReadEndArray();
        return new AttestedFrame(hash, IsPresent: false);
    }
}
