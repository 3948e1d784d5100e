// States, signed, that a private key or one bundle is gone for good: what, when, by whom, and the log entry that tells of it.
using System.Formats.Cbor;

namespace Moderation.Evidence.Custody;

/// <summary>What was destroyed; the numbers are in the certificate.</summary>
public enum DestroyedThing
{
    /// <summary>A recipient's private key: every bundle sealed to it is unreadable.</summary>
    RecipientKey = 1,

    /// <summary>One bundle: wraps and ciphertext, the content id is kept.</summary>
    Bundle = 2,
}

/// <summary>A COSE_Sign1 of content type <c>application/vnd.moderation-destruction+cbor</c> and external_aad
/// <c>moderation/destruction/v1</c>, payload a map of exactly keys 1..12. It is no message of evb1 and shares no label with one
/// (docs/decisions/0036). A key's certificate is signed by the configuration key, a bundle's by the vault's signing key.</summary>
public sealed record DestructionCertificate
{
    private const string ContentType = "application/vnd.moderation-destruction+cbor";
    private const string Label = "moderation/destruction/v1";
    private const int MostBundles = 100_000;
    private const int LongestText = 512;

    public required DestroyedThing Thing { get; init; }

    /// <summary>32 bytes: the key's kid, or the bundle's content id.</summary>
    public required byte[] Subject { get; init; }

    /// <summary>Recipient role of the key; 0 for a bundle.</summary>
    public required uint Role { get; init; }

    /// <summary>Number of the key's kem; 0 for a bundle.</summary>
    public required uint Kem { get; init; }

    /// <summary>ms since 1970.</summary>
    public required ulong DestroyedMs { get; init; }

    /// <summary>Why, in a sentence, 1 .. 512 characters.</summary>
    public required string Reason { get; init; }

    /// <summary>Who: two names for a key, one or two for a bundle.</summary>
    public required IReadOnlyList<string> Actors { get; init; }

    /// <summary>The signed approvals the destruction rests on; empty for a bundle.</summary>
    public required byte[] Order { get; init; }

    /// <summary>Content ids of bundles that are known to have been sealed to the key, ascending; empty for a bundle.</summary>
    public required IReadOnlyList<byte[]> Bundles { get; init; }

    /// <summary>Leaf hash of the `destroy` entry in the log of the process that held it.</summary>
    public required byte[] AuditLeaf { get; init; }

    /// <summary>What was done to the bytes.</summary>
    public required string Method { get; init; }

    /// <summary>Signs it.</summary>
    public byte[] Sign(CoseSigner signer) =>
        CoseSign1.Sign(
            signer,
            ContentType,
            Label,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(12);
                writer.Member(1, 1).Member(2, (ulong)Thing).Member(3, Subject).Member(4, Role).Member(5, Kem);
                writer.Member(6, DestroyedMs);
                writer.WriteInt32(7);
                writer.WriteTextString(Reason);
                writer.WriteInt32(8);
                writer.WriteStartArray(Actors.Count);
                foreach (var actor in Actors)
                    writer.WriteTextString(actor);
                writer.WriteEndArray();
                writer.Member(9, Order).Member(10, Bundles).Member(11, AuditLeaf);
                writer.WriteInt32(12);
                writer.WriteTextString(Method);
                writer.WriteEndMap();
            })
        );

    /// <summary>The certificate when one of these keys signed it and it is of the form; null otherwise.</summary>
    public static DestructionCertificate? Verify(ReadOnlyMemory<byte> bytes, params IEnumerable<CoseKey> signers) =>
        CoseSign1.Parse(bytes, ContentType) is { } envelope && signers.Any(signer => envelope.Verify(signer, Label))
            ? CborForm.Read(envelope.Payload, Read)
            : null;

    private static DestructionCertificate Read(CborReader reader)
    {
        reader.StartMap(12);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var thing = (DestroyedThing)reader.ReadInt32();
        CborForm.Expect(Enum.IsDefined(thing));
        reader.Key(3);
        var subject = reader.Bytes(32);
        reader.Key(4);
        var role = reader.ReadUInt32();
        reader.Key(5);
        var kem = reader.ReadUInt32();
        reader.Key(6);
        var at = reader.ReadUInt64();
        reader.Key(7);
        var reason = Text(reader);
        reader.Key(8);
        var actors = reader.Items(2, Text);
        CborForm.Expect(actors.Length >= 1);
        reader.Key(9);
        var order = reader.Bytes().ToArray();
        reader.Key(10);
        var bundles = reader.Hashes(MostBundles);
        reader.Key(11);
        var leaf = reader.Bytes(32);
        reader.Key(12);
        var method = Text(reader);
        reader.ReadEndMap();
        return new DestructionCertificate
        {
            Thing = thing,
            Subject = subject,
            Role = role,
            Kem = kem,
            DestroyedMs = at,
            Reason = reason,
            Actors = actors,
            Order = order,
            Bundles = bundles,
            AuditLeaf = leaf,
            Method = method,
        };
    }

    private static string Text(CborReader reader)
    {
        var text = reader.ReadTextString();
        CborForm.Expect(text.Length is >= 1 and <= LongestText);
        return text;
    }
}
