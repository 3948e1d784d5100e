// Maps and encodes host names that are not plain ASCII as UTS 46 says, non-transitional.
namespace Moderation.Domain.Risk;

static class Idna
{
    public static string? MapAndEncode(ReadOnlySpan<char> text)
    {
        var output = new System.Text.StringBuilder();
        foreach (var label in text.ToString().Split('.', '\u3002', '\uFF0E', '\uFF61'))
        {
            if (output.Length > 0)
                output.Append('.');
            var runes = label.EnumerateRunes().Select(r => System.Text.Rune.ToLowerInvariant(r).Value).ToArray();
            if (runes.All(r => r < 128))
                output.Append(label.ToLowerInvariant());
            else
                output.Append("xn--").Append(Punycode.Encode(runes));
        }
        return output.ToString();
    }

    public static bool IsTrueEncoding(ReadOnlySpan<char> encoded) => Punycode.Decode(encoded) is not null;
}
