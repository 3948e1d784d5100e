// Reads JSON in which every member is expected: what is unknown, missing, twice there or of another type is named by its path.
using System.Buffers;
using System.Text.Json;

namespace Moderation.Evidence;

/// <summary>One value of a JSON document together with where it stands, such as <c>devices[0].kid</c>.</summary>
internal readonly struct StrictJson
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private readonly JsonElement element;
    private readonly string path;

    private StrictJson(JsonElement element, string path) => (this.element, this.path) = (element, path);

    public static T Read<T>(ReadOnlyMemory<byte> json, Func<StrictJson, T> read)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16 });
        }
        catch (JsonException e)
        {
            throw new FormatException($"not JSON (line {e.LineNumber + 1})", e);
        }
        using (document)
            return read(new StrictJson(document.RootElement, ""));
    }

    /// <summary>The members of an object that has all of the required ones, may have the optional ones, and no other.</summary>
    public Members Object(string[] required, params string[] optional)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong("must be an object");
        var members = new Dictionary<string, StrictJson>();
        foreach (var member in element.EnumerateObject())
        {
            // A name that is not well-formed UTF-16 cannot be read at all.
            var name = Guarded(() => member.Name);
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (!required.Contains(name) && !optional.Contains(name))
                throw new FormatException($"{at}: unknown member");
            if (!members.TryAdd(name, new StrictJson(member.Value, at)))
                throw new FormatException($"{at}: twice there");
        }
        foreach (var name in required)
            if (!members.ContainsKey(name))
                throw new FormatException($"{(path.Length == 0 ? name : $"{path}.{name}")}: missing");
        return new Members(members);
    }

    public T[] Array<T>(Func<StrictJson, T> read)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw Wrong("must be an array");
        var at = path;
        return [.. element.EnumerateArray().Select((item, i) => read(new StrictJson(item, $"{at}[{i}]")))];
    }

    /// <summary>An unsigned integer; the format itself stops at 2^53-1.</summary>
    public ulong Uint() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out var value)
            ? value
            : throw Wrong("must be an unsigned integer");

    public int Int32() =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value)
            ? value
            : throw Wrong("must be an integer");

    public bool Bool() =>
        element.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? element.GetBoolean()
            : throw Wrong("must be true or false");

    public string Text()
    {
        if (element.ValueKind != JsonValueKind.String)
            throw Wrong("must be a text");
        var value = element;
        return Guarded(() => value.GetString()!);
    }

    /// <summary>Lower-case hex, as Annex A asks; of this many bytes when a length is given.</summary>
    public byte[] Hex(int? length = null)
    {
        var text = Text();
        if (text.Length % 2 != 0 || text.AsSpan().ContainsAnyExcept(HexDigits))
            throw Wrong("must be lower-case hex");
        if (length is { } bytes && text.Length != 2 * bytes)
            throw Wrong($"must have {bytes} bytes");
        return Convert.FromHexString(text);
    }

    public FormatException Wrong(string why) => new($"{(path.Length == 0 ? "the file" : path)}: {why}");

    // Lone surrogates in an escape are refused by the reader only when the text is asked for.
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw Wrong("is no Unicode text");
        }
    }

    /// <summary>The members of one object, all of them known.</summary>
    public readonly struct Members(Dictionary<string, StrictJson> members)
    {
        public StrictJson this[string name] => members[name];

        public bool Has(string name) => members.ContainsKey(name);
    }
}
