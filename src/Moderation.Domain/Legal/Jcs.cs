// Writes JSON as RFC 8785 wants it: sorted members, no white space, one way to write every string (case-package.md CP-11).
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Moderation.Domain.Legal;

public static class Jcs
{
    private const long LargestInteger = 9_007_199_254_740_991;

    /// <summary>The canonical text, without a line end. Only strings, integers, booleans, null, arrays and objects.</summary>
    /// <exception cref="ArgumentException">A number that is no safe integer, or a lone surrogate.</exception>
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Append(text, node);
        return text.ToString();
    }

    /// <summary>The canonical text in UTF-8, followed by one LF when it is to be a file.</summary>
    public static byte[] WriteFile(JsonNode node) => Encoding.UTF8.GetBytes(Write(node) + "\n");

    /// <summary>Reads strict JSON; a member that stands twice is refused.</summary>
    /// <exception cref="JsonException">It is no such JSON.</exception>
    public static JsonNode Read(ReadOnlySpan<byte> utf8) =>
        JsonNode.Parse(utf8, null, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 32 })
        ?? throw new JsonException("The text is null.");

    private static void Append(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                AppendObject(text, members);
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Append(text, items[i]);
                }
                text.Append(']');
                break;
            case JsonValue value:
                AppendValue(text, value);
                break;
        }
    }

    private static void AppendObject(StringBuilder text, JsonObject members)
    {
        text.Append('{');
        var first = true;
        // By UTF-16 code units, which is what Ordinal compares.
        foreach (var (name, value) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            if (!first)
                text.Append(',');
            first = false;
            AppendString(text, name);
            text.Append(':');
            Append(text, value);
        }
        text.Append('}');
    }

    private static void AppendValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                AppendString(text, value.GetValue<string>());
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Number:
                text.Append(Integer(value).ToString(CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException("Not a JSON value of our records.", nameof(value));
        }
    }

    private static long Integer(JsonValue value)
    {
        var written = value.ToJsonString();
        return
            long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number is >= -LargestInteger and <= LargestInteger
            ? number
            : throw new ArgumentException("Our records hold only integers within 2^53 - 1.", nameof(value));
    }

    // By hand: System.Text.Json writes \u001F in upper case and escapes much that JCS leaves as it is.
    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
                text.Append(c).Append(value[++i]);
            else if (char.IsSurrogate(c))
                throw new ArgumentException("A lone surrogate has no UTF-8.", nameof(value));
            else
                AppendCharacter(text, c);
        }
        text.Append('"');
    }

    private static void AppendCharacter(StringBuilder text, char c)
    {
        switch (c)
        {
            case '"':
            case '\\':
                text.Append('\\').Append(c);
                break;
            case '\b':
                text.Append("\\b");
                break;
            case '\t':
                text.Append("\\t");
                break;
            case '\n':
                text.Append("\\n");
                break;
            case '\f':
                text.Append("\\f");
                break;
            case '\r':
                text.Append("\\r");
                break;
            case < ' ':
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(c);
                break;
        }
    }
}
