// A C2SP signed note: a text, an empty line, and signature lines that each name a key.
using System.Buffers.Binary;
using System.Text;

namespace Moderation.Evidence.Audit;

/// <summary>One line below the text.</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="KeyId">The first four bytes of the key's hash, big-endian.</param>
/// <param name="Signature">What follows the key id: 64 bytes for Ed25519, 72 for a cosignature.</param>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Signature)
{
    private const string Dash = "— ";

    /// <summary>The line, with its newline.</summary>
    public string Line
    {
        get
        {
            var bytes = new byte[4 + Signature.Length];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
            Signature.CopyTo(bytes, 4);
            return $"{Dash}{Name} {Convert.ToBase64String(bytes)}\n";
        }
    }

    /// <summary>Reads one line without its newline; null when it is none.</summary>
    public static NoteSignature? Parse(string line)
    {
        if (!line.StartsWith(Dash, StringComparison.Ordinal))
            return null;
        var parts = line[Dash.Length..].Split(' ');
        if (parts is not [{ Length: > 0 } name, var text] || name.Contains('+', StringComparison.Ordinal))
            return null;
        var bytes = NoteText.FromBase64(text);
        return bytes is null || bytes.Length <= 4
            ? null
            : new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[4..]);
    }
}

/// <summary>A text and who signed it.</summary>
/// <param name="Text">Ends with a newline; what is signed.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    // Far above what a checkpoint with many witnesses needs.
    private const int Longest = 64 * 1024;
    private const int MostSignatures = 100;

    /// <summary>The whole note as it is sent.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(signature => signature.Line))}";

    /// <summary>Reads a note; null when it is none. Nothing is verified yet.</summary>
    public static SignedNote? Parse(string note)
    {
        if (note.Length > Longest || note.Any(c => c < ' ' && c != '\n') || !note.EndsWith('\n'))
            return null;
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split <= 0)
            return null;
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MostSignatures)
            return null;
        var signatures = new List<NoteSignature>();
        foreach (var line in lines)
        {
            if (NoteSignature.Parse(line) is not { } signature)
                return null;
            signatures.Add(signature);
        }
        return new SignedNote(note[..(split + 1)], signatures);
    }

    /// <summary>Whether one of its lines is a good signature by this key.</summary>
    public bool IsSignedBy(NoteKey key) => Signatures.Any(signature => key.Verifies(Text, signature));
}

internal static class NoteText
{
    // Strict: what would decode to the same bytes is still another text.
    public static byte[]? FromBase64(string text)
    {
        var bytes = new byte[text.Length / 4 * 3 + 3];
        return
            Convert.TryFromBase64String(text, bytes, out var length) && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : null;
    }

    public static bool IsName(string name) =>
        name.Length is > 0 and <= 200 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
