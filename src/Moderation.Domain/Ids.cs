// Typed ids: what they wrap, how they read outside (`case_01k…`), and how to read one back.
using System.Diagnostics.CodeAnalysis;

namespace Moderation.Domain;

/// <summary>An id as the outside sees it: prefix, underscore, 26 lower-case Crockford base-32 characters of a UUID.</summary>
public interface IId<TSelf>
    where TSelf : struct, IId<TSelf>
{
    static abstract string Prefix { get; }
    static abstract TSelf From(Guid value);
    Guid Value { get; }
}

public static class IdText
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 26;

    public static string Write(string prefix, Guid value)
    {
        var number = ReadNumber(value);
        return string.Create(
            prefix.Length + 1 + Length,
            (prefix, number),
            static (span, state) =>
            {
                state.prefix.CopyTo(span);
                span[state.prefix.Length] = '_';
                var rest = state.number;
                for (var i = span.Length - 1; i > state.prefix.Length; i--)
                {
                    span[i] = Alphabet[(int)(rest & 31)];
                    rest >>= 5;
                }
            }
        );
    }

    public static bool TryRead(string prefix, [NotNullWhen(true)] string? text, out Guid value)
    {
        value = default;
        if (
            text is null
            || text.Length != prefix.Length + 1 + Length
            || !text.StartsWith(prefix, StringComparison.Ordinal)
        )
            return false;
        if (text[prefix.Length] != '_' || text[prefix.Length + 1] > '7')
            return false;
        UInt128 number = 0;
        foreach (var c in text.AsSpan(prefix.Length + 1))
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            number = (number << 5) | (uint)digit;
        }
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        value = new Guid(bytes, bigEndian: true);
        return true;
    }

    private static UInt128 ReadNumber(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
