// Turns a host name as people write it into its lower-case ASCII form, or says that it has none (risk.md 2.3 step 1).
namespace Moderation.Domain.Risk;

public static class HostName
{
    public const int MaxLength = 253;

    public static string? ToAscii(ReadOnlySpan<char> text)
    {
        Span<char> buffer = stackalloc char[MaxLength];
        return TryToAscii(text, buffer, out var length) ? new string(buffer[..length]) : null;
    }

    /// <summary>UTS 46, non-transitional, letters-digits-hyphen only. `buffer` holds <see cref="MaxLength"/> characters.</summary>
    public static bool TryToAscii(ReadOnlySpan<char> text, Span<char> buffer, out int length)
    {
        length = 0;
        if (text.IsEmpty)
            return false;
        if (!System.Text.Ascii.IsValid(text))
        {
            if (text.Length > 4 * MaxLength || Idna.MapAndEncode(text) is not { } mapped || mapped.Length > MaxLength)
                return false;
            mapped.CopyTo(buffer);
            length = mapped.Length;
            return AreLabels(buffer[..length]);
        }
        if (text.Length > MaxLength)
            return false;
        length =
            System.Text.Ascii.ToLower(text, buffer, out var written) == System.Buffers.OperationStatus.Done
                ? written
                : 0;
        return AreLabels(buffer[..length]) && EncodedLabelsAreTrue(buffer[..length]);
    }

    static bool AreLabels(ReadOnlySpan<char> host)
    {
        var start = 0;
        for (var i = 0; i <= host.Length; i++)
        {
            if (i < host.Length && host[i] != '.')
            {
                if (!char.IsAsciiLetterLower(host[i]) && !char.IsAsciiDigit(host[i]) && host[i] != '-')
                    return false;
                continue;
            }
            if (i - start is 0 or > 63 || host[start] == '-' || host[i - 1] == '-')
                return false;
            start = i + 1;
        }
        return true;
    }

    // An "xn--" label that decodes to nothing, or to text that IDNA would have written otherwise, names no host.
    static bool EncodedLabelsAreTrue(ReadOnlySpan<char> host)
    {
        if (!host.Contains("xn--", StringComparison.Ordinal))
            return true;
        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.StartsWith("xn--", StringComparison.Ordinal) && !Idna.IsTrueEncoding(label[4..]))
                return false;
        }
        return true;
    }
}
