// The API's word to the vault that one bundle is being destroyed, so that the vault never opens it again.
using System.Formats.Cbor;
using static Moderation.Evidence.Custody.MessageFields;

namespace Moderation.Evidence.Custody;

/// <summary>Request kind 4: <c>{1: 1, 2: 4, 3: content id bstr 32, 4: reason tstr, 5: [actor tstr]}</c>. The vault logs a
/// `destroy` entry, keeps a tombstone, and answers with one signed object, the <see cref="DestructionCertificate"/>; the same
/// bundle again gets the same certificate.</summary>
/// <param name="ContentId">32 bytes.</param>
/// <param name="Reason">1 .. 512 characters.</param>
/// <param name="Actors">One or two pseudonyms or ids of staff, 1 .. 64 characters each.</param>
public sealed record VaultDestruction(byte[] ContentId, string Reason, IReadOnlyList<string> Actors)
{
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(5);
            writer.Member(1, 1).Member(2, (ulong)VaultRequestKind.Destroy).Member(3, ContentId);
            writer.WriteInt32(4);
            writer.WriteTextString(Reason);
            writer.WriteInt32(5);
            writer.WriteStartArray(Actors.Count);
            foreach (var actor in Actors)
                writer.WriteTextString(actor);
            writer.WriteEndArray();
            writer.WriteEndMap();
        });

    /// <exception cref="InvalidDataException">Not of its shape.</exception>
    public static VaultDestruction Decode(ReadOnlyMemory<byte> message) =>
        Read(
            message,
            reader =>
            {
                Begin(reader, 5);
                Number(reader, 2, (int)VaultRequestKind.Destroy, least: (int)VaultRequestKind.Destroy);
                var contentId = Bytes(reader, 3, 32);
                Expect(reader, 4);
                var reason = Text(reader, 512);
                Expect(reader, 5);
                var count = reader.ReadStartArray();
                if (count is not (1 or 2))
                    throw new InvalidDataException("One or two actors.");
                var actors = new string[count.Value];
                for (var i = 0; i < actors.Length; i++)
                    actors[i] = Text(reader, 64);
                reader.ReadEndArray();
                reader.ReadEndMap();
                return new VaultDestruction(contentId, reason, actors);
            }
        );

    private static string Text(CborReader reader, int longest)
    {
        var text = reader.ReadTextString();
        return text.Length >= 1 && text.Length <= longest
            ? text
            : throw new InvalidDataException("A text is empty or too long.");
    }
}
