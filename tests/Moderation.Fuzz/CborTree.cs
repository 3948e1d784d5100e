// A CBOR item taken apart into a tree that can be bent at any node and written again, right or wrong.
using System.Buffers.Binary;

namespace Moderation.Fuzz;

/// <summary>One item. Byte strings that hold CBOR themselves (signed payloads, leaves) are taken apart too.</summary>
internal sealed class CborTree
{
    private const int Deepest = 12;

    private CborTree(int major, ulong argument) => (Major, Argument) = (major, argument);

    public int Major { get; set; }

    /// <summary>The value of an integer, simple value or tag.</summary>
    public ulong Argument { get; set; }

    /// <summary>Bytes of a string that holds no CBOR, or raw bytes for major -1.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>Items of an array; keys and values of a map in turn; the item inside a tag or a byte string.</summary>
    public List<CborTree> Items { get; private set; } = [];

    /// <summary>Extra bytes in the head: the longest form when set.</summary>
    public bool IsLong { get; set; }

    public static CborTree Integer(ulong value, bool negative = false) => new(negative ? 1 : 0, value);

    public static CborTree Bytes(byte[] content) => new(2, 0) { Content = content };

    public static CborTree Raw(byte[] content) => new(-1, 0) { Content = content };

    public static CborTree Array(params List<CborTree> items) => new(4, 0) { Items = items };

    public static CborTree? Parse(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        return Read(bytes, ref at, 0) is { } tree && at == bytes.Length ? tree : null;
    }

    public CborTree Clone() =>
        new(Major, Argument)
        {
            Content = Content,
            IsLong = IsLong,
            Items = [.. Items.Select(item => item.Clone())],
        };

    public void Collect(List<CborTree> all)
    {
        all.Add(this);
        foreach (var item in Items)
            item.Collect(all);
    }

    public byte[] Encode()
    {
        using var to = new MemoryStream();
        Write(to);
        return to.ToArray();
    }

    private void Write(MemoryStream to)
    {
        switch (Major)
        {
            case -1:
                to.Write(Content);
                return;
            case 2 when Items.Count > 0:
                var inner = Items[0].Encode();
                Head(to, (ulong)inner.Length);
                to.Write(inner);
                return;
            case 2 or 3:
                Head(to, (ulong)Content.Length);
                to.Write(Content);
                return;
            case 4:
                Head(to, (ulong)Items.Count);
                break;
            case 5:
                Head(to, (ulong)Items.Count / 2);
                break;
            default:
                Head(to, Argument);
                break;
        }
        foreach (var item in Items)
            item.Write(to);
    }

    private void Head(MemoryStream to, ulong argument)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(eight, argument);
        var size =
            IsLong ? 8
            : argument < 24 ? 0
            : argument <= byte.MaxValue ? 1
            : argument <= ushort.MaxValue ? 2
            : argument <= uint.MaxValue ? 4
            : 8;
        var low =
            size == 0 ? (int)argument
            : size == 1 ? 24
            : size == 2 ? 25
            : size == 4 ? 26
            : 27;
        to.WriteByte((byte)((Major << 5) | low));
        to.Write(eight[(8 - size)..]);
    }

    private static CborTree? Read(ReadOnlySpan<byte> bytes, ref int at, int depth)
    {
        if (depth > Deepest || at >= bytes.Length)
            return null;
        var first = bytes[at++];
        var (major, low) = (first >> 5, first & 31);
        if (low > 27)
            return null;
        var size = low < 24 ? 0 : 1 << (low - 24);
        if (bytes.Length - at < size)
            return null;
        var argument = low < 24 ? (ulong)low : 0;
        for (var i = 0; i < size; i++)
            argument = (argument << 8) | bytes[at++];
        var tree = new CborTree(major, argument);
        switch (major)
        {
            case 2 or 3:
                if (argument > (ulong)(bytes.Length - at))
                    return null;
                tree.Content = bytes.Slice(at, (int)argument).ToArray();
                at += (int)argument;
                if (major == 2 && Nested(tree.Content) is { } inner)
                    tree.Items.Add(inner);
                return tree;
            case 4 or 5:
                var count = major == 4 ? argument : argument * 2;
                if (count > (ulong)(bytes.Length - at))
                    return null;
                for (ulong i = 0; i < count; i++)
                {
                    if (Read(bytes, ref at, depth + 1) is not { } item)
                        return null;
                    tree.Items.Add(item);
                }
                return tree;
            case 6:
                if (Read(bytes, ref at, depth + 1) is not { } tagged)
                    return null;
                tree.Items.Add(tagged);
                return tree;
            default:
                return tree;
        }
    }

    // A tag, an array or a map inside a byte string is a message of its own; anything else is just bytes.
    private static CborTree? Nested(byte[] content) =>
        content.Length > 1 && content[0] >> 5 is 4 or 5 or 6 ? Parse(content) : null;
}
