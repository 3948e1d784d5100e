// What a log says about itself: its origin, its size and its root, in C2SP tlog-checkpoint form.
using System.Globalization;
using System.Security.Cryptography;

namespace Moderation.Evidence.Audit;

/// <summary>The state of a log.</summary>
/// <param name="Origin">Name of the log, the same as the name of its key.</param>
/// <param name="Size">Number of leaves.</param>
/// <param name="Root">32 bytes.</param>
public sealed record Checkpoint(string Origin, ulong Size, byte[] Root)
{
    /// <summary>The text that is signed: three lines, each with its newline.</summary>
    public string Body => $"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Convert.ToBase64String(Root)}\n";

    /// <summary>SHA-256 of <see cref="Body"/>: key 5 of an intake receipt (evidence-bundle.md 16).</summary>
    public byte[] BodyHash() => BodyHash(Body);

    /// <summary>SHA-256 of a note's text.</summary>
    public static byte[] BodyHash(string text) => SHA256.HashData(NoteText.Utf8(text));

    /// <summary>Signs it with every key of the log, in order.</summary>
    public SignedNote Sign(IEnumerable<NoteSigner> signers) =>
        new(Body, [.. signers.Select(signer => signer.Sign(Body))]);

    /// <summary>Reads the text of a note; null when it is no checkpoint. Lines after the third are allowed and ignored.</summary>
    public static Checkpoint? Parse(string text)
    {
        if (!text.EndsWith('\n'))
            return null;
        var lines = text[..^1].Split('\n');
        if (lines.Length < 3 || lines.Any(line => line.Length == 0))
            return null;
        if (
            !ulong.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || size.ToString(CultureInfo.InvariantCulture) != lines[1]
        )
            return null;
        return NoteText.FromBase64(lines[2]) is { Length: 32 } root ? new Checkpoint(lines[0], size, root) : null;
    }

    /// <summary>The checkpoint of a note that is signed by one of these keys and is of that key's log; else null.</summary>
    public static Checkpoint? Verify(string note, IReadOnlyCollection<NoteKey> keys) =>
        SignedNote.Parse(note) is { } signed
        && Parse(signed.Text) is { } checkpoint
        && keys.Any(key => key.Kind == NoteKeyKind.Ed25519 && key.Name == checkpoint.Origin && signed.IsSignedBy(key))
            ? checkpoint
            : null;
}
