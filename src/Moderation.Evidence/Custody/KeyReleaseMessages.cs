// Body and answer of the key release route: what an analyst's browser sends to the API and hears from it.
namespace Moderation.Evidence.Custody;

/// <summary>Deterministic CBOR of <c>POST /v1/reports/{id}/key-releases</c> (evidence-bundle.md 20.1, made exact by
/// docs/decisions/0021).</summary>
/// <param name="Grant">Grant array of one or two COSE_Sign1 (19.1).</param>
/// <param name="KeyRequest">Key request COSE_Sign1 (20.1).</param>
public sealed record KeyReleaseBody(byte[] Grant, byte[] KeyRequest)
{
    /// <summary>More than two approvals and a request that each name 2,048 segments ever take.</summary>
    public const int Longest = 64 * 1024;

    /// <summary>`[grant bstr, key request bstr]`.</summary>
    public byte[] Encode() => KeyReleaseAnswer.Encode([Grant, KeyRequest]);

    /// <summary>Null for anything but an array of exactly two byte strings.</summary>
    public static KeyReleaseBody? Parse(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(bytes, reader => reader.ByteStrings(most: 2, Longest)) is [var grant, var request]
            ? new KeyReleaseBody(grant.ToArray(), request.ToArray())
            : null;
}

/// <summary>The answer: one key release (20.2) a requested segment, in the order of the request.</summary>
public static class KeyReleaseAnswer
{
    /// <summary>An array of byte strings.</summary>
    public static byte[] Encode(IReadOnlyList<byte[]> releases) =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(releases.Count);
            foreach (var release in releases)
                writer.WriteByteString(release);
            writer.WriteEndArray();
        });

    /// <summary>Null for anything but an array of byte strings.</summary>
    public static IReadOnlyList<byte[]>? Parse(ReadOnlyMemory<byte> bytes) =>
        CborForm.Read(
            bytes,
            reader =>
                Array.ConvertAll(
                    reader.ByteStrings(EvidenceLimits.Segments, EvidenceLimits.Table),
                    item => item.ToArray()
                )
        );
}
