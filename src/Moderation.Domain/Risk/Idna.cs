// Maps and encodes international host names as UTS 46 says, non-transitional. The bidi rule (RFC 5893) is not checked.
using System.Globalization;
using System.Text;

namespace Moderation.Domain.Risk;

static class Idna
{
    const int ZeroWidthNonJoiner = 0x200C;
    const int ZeroWidthJoiner = 0x200D;
    const int ViramaClass = 9;

    /// <summary>The host in ASCII, or null where UTS 46 calls it an error. Letters, digits and hyphens are for the caller.</summary>
    public static string? MapAndEncode(ReadOnlySpan<char> text)
    {
        if (Map(text) is not { } mapped)
            return null;
        var output = new StringBuilder();
        for (var start = 0; ; )
        {
            var dot = mapped.IndexOf('.', start);
            var label = mapped[start..(dot < 0 ? mapped.Count : dot)];
            if (!TryEncodeLabel(label, output))
                return null;
            if (dot < 0)
                return output.ToString();
            output.Append('.');
            start = dot + 1;
        }
    }

    /// <summary>Whether what follows "xn--" decodes to a label that IDNA would have written so.</summary>
    public static bool IsTrueEncoding(ReadOnlySpan<char> encoded)
    {
        if (Punycode.Decode(encoded) is not { Count: > 0 } label || label.TrueForAll(cp => cp < 0x80))
            return false;
        if (!IsValid(label))
            return false;
        var text = new StringBuilder();
        foreach (var cp in label)
            text.Append(char.ConvertFromUtf32(cp));
        return Map(text.ToString()) is { } mapped && mapped.SequenceEqual(label);
    }

    static List<int>? Map(ReadOnlySpan<char> text)
    {
        var table = IdnaTable.Instance;
        var mapped = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
                mapped.Add(Rune.ToLowerInvariant(rune).Value);
            else if (table.MappingOf(rune.Value) is { } mapping)
                mapped.AddRange(mapping);
            else if (rune == Rune.ReplacementChar || table.IsDisallowed(rune.Value))
                return null;
            else
                mapped.Add(rune.Value);
        }
        return CanonicalComposition.Compose(mapped);
    }

    static bool TryEncodeLabel(List<int> label, StringBuilder output)
    {
        if (label.TrueForAll(cp => cp < 0x80))
        {
            var start = output.Length;
            foreach (var cp in label)
                output.Append((char)cp);
            var written = output.ToString(start, output.Length - start);
            return !written.StartsWith("xn--", StringComparison.Ordinal) || IsTrueEncoding(written.AsSpan(4));
        }
        if (!IsValid(label) || label[0] == '-' || label[^1] == '-')
            return false;
        if (Punycode.Encode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(label)) is not { } encoded)
            return false;
        output.Append("xn--").Append(encoded);
        return true;
    }

    // UTS 46 section 4.1: no leading mark, joiners only where they show (RFC 5892 A.1, A.2), ASCII only letters, digits, hyphen.
    static bool IsValid(List<int> label)
    {
        if (
            CharUnicodeInfo.GetUnicodeCategory(label[0])
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark
        )
            return false;
        for (var i = 0; i < label.Count; i++)
        {
            var cp = label[i];
            if (cp < 0x80 && cp != '-' && !char.IsAsciiLetterOrDigit((char)cp))
                return false;
            if (cp is ZeroWidthJoiner or ZeroWidthNonJoiner && !MayJoin(label, i))
                return false;
        }
        return true;
    }

    // After a virama; the non-joiner also between two Arabic letters, where Persian needs it.
    static bool MayJoin(List<int> label, int at) =>
        at > 0
        && (
            IdnaTable.Instance.CombiningClassOf(label[at - 1]) == ViramaClass
            || (
                label[at] == ZeroWidthNonJoiner
                && at + 1 < label.Count
                && label[at - 1] is >= 0x620 and <= 0x77F
                && label[at + 1] is >= 0x620 and <= 0x77F
            )
        );
}
