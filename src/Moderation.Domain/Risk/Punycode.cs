// Encodes and decodes one label of a host name as RFC 3492 says.
using System.Text;

namespace Moderation.Domain.Risk;

static class Punycode
{
    const int Base = 36;
    const int MinThreshold = 1;
    const int MaxThreshold = 26;
    const int InitialBias = 72;
    const int InitialN = 128;

    public static string? Encode(ReadOnlySpan<int> label)
    {
        var output = new StringBuilder();
        foreach (var rune in label)
            if (rune < InitialN)
                output.Append((char)rune);
        var basic = output.Length;
        var handled = basic;
        if (basic > 0)
            output.Append('-');
        var n = InitialN;
        var bias = InitialBias;
        long delta = 0;
        while (handled < label.Length)
        {
            var next = int.MaxValue;
            foreach (var rune in label)
                if (rune >= n && rune < next)
                    next = rune;
            delta += (long)(next - n) * (handled + 1);
            n = next;
            foreach (var rune in label)
            {
                if (rune < n)
                    delta++;
                if (rune != n)
                    continue;
                if (delta > int.MaxValue)
                    return null;
                var q = (int)delta;
                for (var k = Base; ; k += Base)
                {
                    var threshold = Math.Clamp(k - bias, MinThreshold, MaxThreshold);
                    if (q < threshold)
                        break;
                    output.Append(Digit(threshold + (q - threshold) % (Base - threshold)));
                    q = (q - threshold) / (Base - threshold);
                }
                output.Append(Digit(q));
                bias = Adapt((int)delta, handled + 1, handled == basic);
                delta = 0;
                handled++;
            }
            delta++;
            n++;
        }
        return output.ToString();
    }

    public static List<int>? Decode(ReadOnlySpan<char> label)
    {
        var output = new List<int>();
        var basic = label.LastIndexOf('-');
        for (var i = 0; i < basic; i++)
            output.Add(label[i]);
        var n = InitialN;
        long i2 = 0;
        var bias = InitialBias;
        for (var at = basic < 0 ? 0 : basic + 1; at < label.Length; )
        {
            var start = i2;
            long weight = 1;
            for (var k = Base; ; k += Base)
            {
                if (at == label.Length || Value(label[at++]) is not (>= 0 and var digit))
                    return null;
                i2 += digit * weight;
                if (i2 > int.MaxValue)
                    return null;
                var threshold = Math.Clamp(k - bias, MinThreshold, MaxThreshold);
                if (digit < threshold)
                    break;
                weight *= Base - threshold;
                if (weight > int.MaxValue)
                    return null;
            }
            var length = output.Count + 1;
            bias = Adapt((int)(i2 - start), length, start == 0);
            n += (int)(i2 / length);
            i2 %= length;
            if (!Rune.IsValid(n))
                return null;
            output.Insert((int)i2++, n);
        }
        return output;
    }

    static int Adapt(int delta, int length, bool first)
    {
        delta = first ? delta / 700 : delta / 2;
        delta += delta / length;
        var k = 0;
        for (; delta > (Base - MinThreshold) * MaxThreshold / 2; k += Base)
            delta /= Base - MinThreshold;
        return k + (Base - MinThreshold + 1) * delta / (delta + 38);
    }

    static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);

    static int Value(char c) =>
        c switch
        {
            >= 'a' and <= 'z' => c - 'a',
            >= 'A' and <= 'Z' => c - 'A',
            >= '0' and <= '9' => c - '0' + 26,
            _ => -1,
        };
}
