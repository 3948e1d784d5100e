// Reads and writes bytes as the API does: base64url without padding.
using System.Buffers.Text;

namespace Moderation.Features.Http;

public static class Bytes
{
    public static string ToText(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public static bool TryRead(string? text, int length, out byte[] bytes)
    {
        bytes = [];
        if (text is null || !Base64Url.IsValid(text, out var decoded) || decoded != length)
            return false;
        bytes = Base64Url.DecodeFromChars(text);
        return true;
    }

    public static bool TryRead(string? text, out byte[] bytes)
    {
        bytes = [];
        if (text is null || !Base64Url.IsValid(text))
            return false;
        bytes = Base64Url.DecodeFromChars(text);
        return true;
    }
}
