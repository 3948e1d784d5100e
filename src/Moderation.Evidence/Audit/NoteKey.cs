// Keys of signed notes in the text forms of C2SP: public `name+id+key`, private `PRIVATE+KEY+name+id+seed`.
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Moderation.Evidence.Audit;

/// <summary>What a key's signatures are made over.</summary>
public enum NoteKeyKind
{
    /// <summary>The text of a note: what a log signs with.</summary>
    Ed25519 = 1,

    /// <summary>`cosignature/v1`, a time and the text: what a witness signs with.</summary>
    Cosignature = 4,
}

/// <summary>A public key of a log or of a witness, with the name it signs under.</summary>
public sealed class NoteKey
{
    private const int CosignatureLength = 8 + 64;
    private readonly CoseKey key;

    private NoteKey(string name, NoteKeyKind kind, CoseKey key)
    {
        (Name, Kind, this.key) = (name, kind, key);
        Id = IdOf(name, kind, key.PublicKey);
    }

    public string Name { get; }
    public NoteKeyKind Kind { get; }

    /// <summary>First four bytes of SHA-256(name || newline || kind || public key), big-endian.</summary>
    public uint Id { get; }

    /// <summary>Reads `name+id+base64`; null when it is no such key.</summary>
    public static NoteKey? Parse(string text)
    {
        if (text.Trim().Split('+', 3) is not [var name, var id, var encoded] || !NoteText.IsName(name))
            return null;
        if (NoteText.FromBase64(encoded) is not { Length: 33 } bytes)
            return null;
        var kind = (NoteKeyKind)bytes[0];
        if (kind is not (NoteKeyKind.Ed25519 or NoteKeyKind.Cosignature))
            return null;
        var key = From(name, kind, bytes.AsSpan(1));
        return key is not null && key.Id.ToString("x8", CultureInfo.InvariantCulture) == id ? key : null;
    }

    /// <summary>Makes a key from a name and the 32 public bytes; null when either is not valid.</summary>
    public static NoteKey? From(string name, NoteKeyKind kind, ReadOnlySpan<byte> publicKey) =>
        NoteText.IsName(name) && CoseKey.From(CoseAlgorithm.Ed25519, publicKey) is { } key
            ? new NoteKey(name, kind, key)
            : null;

    /// <summary>The text form, to be pinned by whoever checks the log.</summary>
    public override string ToString() =>
        $"{Name}+{Id.ToString("x8", CultureInfo.InvariantCulture)}+{Convert.ToBase64String([(byte)Kind, .. key.PublicKey])}";

    /// <summary>Whether this is a good signature of the text by this key.</summary>
    public bool Verifies(string text, NoteSignature signature)
    {
        if (signature.Name != Name || signature.KeyId != Id)
            return false;
        if (Kind == NoteKeyKind.Ed25519)
            return key.Verify(NoteText.Utf8(text), signature.Signature);
        return signature.Signature.Length == CosignatureLength
            && key.Verify(CosignedOf(TimeOf(signature), text), signature.Signature.AsSpan(8));
    }

    /// <summary>When a witness cosigned, in seconds since 1970.</summary>
    public static ulong TimeOf(NoteSignature cosignature) =>
        BinaryPrimitives.ReadUInt64BigEndian(cosignature.Signature);

    /// <summary>The bytes that a witness signs (C2SP tlog-cosignature, cosignature/v1).</summary>
    public static byte[] CosignedOf(ulong seconds, string text) =>
        NoteText.Utf8($"cosignature/v1\ntime {seconds.ToString(CultureInfo.InvariantCulture)}\n{text}");

    internal static uint IdOf(string name, NoteKeyKind kind, ReadOnlySpan<byte> publicKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(
            SHA256.HashData([.. NoteText.Utf8(name), (byte)'\n', (byte)kind, .. publicKey])
        );
}

/// <summary>A log's private key. Dispose erases it.</summary>
public sealed class NoteSigner : IDisposable
{
    private const string Prefix = "PRIVATE+KEY+";
    private readonly CoseSigner signer;

    private NoteSigner(string name, CoseSigner signer)
    {
        this.signer = signer;
        PublicKey = NoteKey.From(name, NoteKeyKind.Ed25519, signer.PublicKey.PublicKey)!;
    }

    public NoteKey PublicKey { get; }

    /// <summary>Makes a new key.</summary>
    /// <exception cref="ArgumentException">A name has 1 to 200 characters, no space and no plus.</exception>
    public static NoteSigner Generate(string name) =>
        NoteText.IsName(name)
            ? new NoteSigner(name, CoseSigner.Generate())
            : throw new ArgumentException("Not a name for a key.", nameof(name));

    /// <summary>Reads the private text form; null when it is none.</summary>
    public static NoteSigner? Parse(string text)
    {
        text = text.Trim();
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        if (text[Prefix.Length..].Split('+', 3) is not [var name, var id, var encoded] || !NoteText.IsName(name))
            return null;
        if (NoteText.FromBase64(encoded) is not { Length: 33 } bytes || bytes[0] != (byte)NoteKeyKind.Ed25519)
            return null;
        try
        {
            var signer = new NoteSigner(name, CoseSigner.Import(CoseAlgorithm.Ed25519, bytes.AsSpan(1)));
            if (signer.PublicKey.Id.ToString("x8", CultureInfo.InvariantCulture) == id)
                return signer;
            signer.Dispose();
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The private text form, for the key file.</summary>
    public string Export()
    {
        var seed = signer.ExportPrivateKey();
        try
        {
            return $"{Prefix}{PublicKey.Name}+{PublicKey.Id.ToString("x8", CultureInfo.InvariantCulture)}+{Convert.ToBase64String([(byte)NoteKeyKind.Ed25519, .. seed])}";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>Signs a text that ends with a newline.</summary>
    public NoteSignature Sign(string text) => new(PublicKey.Name, PublicKey.Id, signer.Sign(NoteText.Utf8(text)));

    public void Dispose() => signer.Dispose();
}
