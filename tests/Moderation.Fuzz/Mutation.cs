// Bends an input: at the level of bytes, of CBOR heads, and of the tree of items with boundary values.
namespace Moderation.Fuzz;

internal static class Mutation
{
    private static readonly ulong[] Boundaries =
    [
        0,
        1,
        2,
        7,
        8,
        16,
        23,
        24,
        32,
        33,
        48,
        56,
        64,
        69,
        70,
        127,
        128,
        255,
        256,
        257,
        261,
        262,
        512,
        1_024,
        2_047,
        2_048,
        2_049,
        4_096,
        10_000,
        10_001,
        16_383,
        16_384,
        32_768,
        65_535,
        65_536,
        300_000,
        300_001,
        4_194_304,
        4_194_305,
        167_772_160,
        167_772_161,
        int.MaxValue,
        1UL << 31,
        uint.MaxValue,
        1UL << 32,
        (1UL << 53) - 1,
        1UL << 53,
        long.MaxValue,
        1UL << 63,
        ulong.MaxValue,
    ];

    private static readonly byte[][] Oddities =
    [
        [0xF4],
        [0xF5],
        [0xF6],
        [0xF7],
        [0xE0],
        [0xF8, 0x20],
        [0xF9, 0x00, 0x00],
        [0xFA, 0, 0, 0, 0],
        [0xFB, 0, 0, 0, 0, 0, 0, 0, 0],
        [0x5F, 0xFF],
        [0x7F, 0xFF],
        [0x9F, 0xFF],
        [0xBF, 0xFF],
        [0xC0, 0x00],
        [0xD2, 0x80],
        [0xD8, 0x18, 0x40],
        [0x18, 0x00],
        [0x1B, 0, 0, 0, 0, 0, 0, 0, 1],
        [0x61, 0xFF],
        [0x62, 0xC0, 0x80],
        [0x63, 0xED, 0xA0, 0x80],
        [0x63, 0xEF, 0xBB, 0xBF],
        [0xFF],
        [0x1C],
        [0x80],
        [0xA0],
        [0x40],
        [0x60],
        [0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        [0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0],
    ];

    /// <summary>One to four bends; half of the time to the tree when there is one.</summary>
    public static byte[] Bend(byte[] input, Chance chance, Func<byte[]> another)
    {
        var bytes = input;
        for (var times = 1 + (chance.OneIn(2) ? 0 : chance.Below(4)); times > 0; times--)
            bytes =
                chance.OneIn(2) && CborTree.Parse(bytes) is { } tree
                    ? BendTree(tree, chance)
                    : BendBytes(bytes, chance, another);
        return bytes;
    }

    /// <summary>Bends nodes of the tree and writes it again, so that only the meaning is wrong.</summary>
    public static byte[] BendTree(CborTree tree, Chance chance)
    {
        var all = new List<CborTree>();
        tree.Collect(all);
        BendNode(chance.Pick(all), chance);
        return tree.Encode();
    }

    private static void BendNode(CborTree node, Chance chance)
    {
        if (node.Items.Count > 0 && chance.OneIn(2))
        {
            BendItems(node.Items, chance);
            return;
        }
        switch (chance.Below(8))
        {
            case 0:
                node.IsLong = true;
                break;
            case 1:
                node.Major = chance.Below(8);
                break;
            case 2:
                node.Content = chance.Pick(Oddities);
                node.Items.Clear();
                node.Major = -1;
                break;
            default:
                if (node.Major is 0 or 1 or 6 or 7)
                    node.Argument = Near(node.Argument, chance);
                else if (node.Major is 2 or 3)
                    BendString(node, chance);
                else
                    node.Items.Add(Fresh(chance));
                break;
        }
    }

    private static ulong Near(ulong value, Chance chance) =>
        chance.Below(4) switch
        {
            0 => value + 1,
            1 => value - 1,
            2 => chance.Pick(Boundaries) + (ulong)chance.Below(3) - 1,
            _ => chance.Pick(Boundaries),
        };

    private static void BendString(CborTree node, Chance chance)
    {
        node.Items.Clear();
        var content = node.Content;
        switch (chance.Below(7))
        {
            case 0 when content.Length > 0:
                node.Content = content[..^1];
                break;
            case 1:
                node.Content = [.. content, (byte)chance.Next()];
                break;
            case 2:
                node.Content = new byte[content.Length];
                break;
            case 3:
                node.Content = chance.Bytes(chance.Pick([0, 1, 16, 31, 32, 33, 48, 64, 65, 512, 513]));
                break;
            case 4:
                node.Content = [];
                break;
            default:
                if (content.Length > 0)
                    node.Content = Flip(content, chance);
                break;
        }
    }

    private static void BendItems(List<CborTree> items, Chance chance)
    {
        var at = chance.Below(items.Count);
        var other = chance.Below(items.Count);
        switch (chance.Below(6))
        {
            case 0:
                items.RemoveAt(at);
                break;
            case 1:
                items.Insert(at, items[other].Clone());
                break;
            case 2:
                (items[at], items[other]) = (items[other], items[at]);
                break;
            case 3:
                items[at] = items[other].Clone();
                break;
            case 4:
                items[at] = Fresh(chance);
                break;
            default:
                items[at] = CborTree.Array(items[at]);
                break;
        }
    }

    private static CborTree Fresh(Chance chance) =>
        chance.Below(4) switch
        {
            0 => CborTree.Integer(chance.Pick(Boundaries), chance.OneIn(3)),
            1 => CborTree.Bytes(chance.Bytes(chance.Pick([0, 16, 32, 48, 65]))),
            2 => CborTree.Raw(chance.Pick(Oddities)),
            _ => CborTree.Array(CborTree.Integer(0)),
        };

    private static byte[] BendBytes(byte[] bytes, Chance chance, Func<byte[]> another)
    {
        if (bytes.Length == 0)
            return chance.Bytes(1 + chance.Below(40));
        var at = chance.Below(bytes.Length);
        switch (chance.Below(9))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. chance.Pick(Oddities), .. bytes[at..]];
            case 2:
                var end = Math.Min(bytes.Length, at + 1 + chance.Below(8));
                return [.. bytes[..at], .. bytes[end..]];
            case 3:
                return [.. bytes[..at], .. bytes[Math.Max(0, at - 1 - chance.Below(40))..]];
            case 4:
                var theirs = another();
                return [.. bytes[..at], .. theirs[chance.Below(theirs.Length + 1)..]];
            case 5:
                var changed = (byte[])bytes.Clone();
                changed[at] = (byte)chance.Pick(Boundaries);
                return changed;
            case 6:
                // Another CBOR head: the major type or the argument of whatever stands here.
                var bent = (byte[])bytes.Clone();
                bent[at] = (byte)((chance.Below(8) << 5) | chance.Below(32));
                return bent;
            default:
                return Flip(bytes, chance);
        }
    }

    private static byte[] Flip(byte[] bytes, Chance chance)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[chance.Below(bytes.Length)] ^= (byte)(1 << chance.Below(8));
        return flipped;
    }
}
