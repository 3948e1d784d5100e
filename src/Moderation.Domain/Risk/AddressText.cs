// Reads one IP address strictly: no leading zeros, no short forms, no zone; mapped and NAT64 addresses become their IPv4.
namespace Moderation.Domain.Risk;

/// <summary>An IP address in the one form the tables are keyed by (risk.md 2.4 step 1).</summary>
public readonly record struct NetworkAddress(UInt128 Value, bool IsIpv4)
{
    public uint Ipv4 => (uint)Value;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new System.Net.IPAddress(IsIpv4 ? bytes[12..] : bytes).ToString();
    }
}

public static class AddressText
{
    static readonly UInt128 Nat64Prefix = (UInt128)0x0064_ff9b << 96;

    public static bool TryParse(ReadOnlySpan<char> text, out NetworkAddress address)
    {
        address = default;
        if (text.Contains(':'))
        {
            if (!TryParseIpv6(text, out var value))
                return false;
            // ::ffff:0:0/96 (RFC 4291 2.5.5.2) and 64:ff9b::/96 (RFC 6052) carry an IPv4 address; the host is that one.
            var carriesIpv4 = value >> 32 == 0xffff || (value & ~(UInt128)uint.MaxValue) == Nat64Prefix;
            address = carriesIpv4
                ? new NetworkAddress(value & uint.MaxValue, IsIpv4: true)
                : new NetworkAddress(value, IsIpv4: false);
            return true;
        }
        if (!TryParseIpv4(text, out var ipv4))
            return false;
        address = new NetworkAddress(ipv4, IsIpv4: true);
        return true;
    }

    public static bool TryParseIpv4(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        var octets = 0;
        var at = 0;
        while (true)
        {
            var octet = 0;
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]) && at - start < 3)
                octet = octet * 10 + (text[at++] - '0');
            var digits = at - start;
            if (digits == 0 || octet > 255 || (digits > 1 && text[start] == '0'))
                return false;
            value = (value << 8) | (uint)octet;
            octets++;
            if (at == text.Length)
                return octets == 4;
            if (octets == 4 || text[at++] != '.')
                return false;
        }
    }

    public static bool TryParseIpv6(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = 0;
        Span<ushort> groups = stackalloc ushort[8];
        var count = 0;
        var gap = -1;
        var at = 0;
        if (text.StartsWith("::"))
        {
            gap = 0;
            at = 2;
        }
        while (at < text.Length)
        {
            if (count == 8)
                return false;
            var start = at;
            var group = 0;
            while (at < text.Length && at - start < 4 && char.IsAsciiHexDigit(text[at]))
                group = (group << 4) | HexValue(text[at++]);
            if (at < text.Length && text[at] == '.')
            {
                if (count > 6 || !TryParseIpv4(text[start..], out var tail))
                    return false;
                groups[count++] = (ushort)(tail >> 16);
                groups[count++] = (ushort)tail;
                at = text.Length;
                break;
            }
            if (at == start)
                return false;
            groups[count++] = (ushort)group;
            if (at == text.Length)
                break;
            if (text[at++] != ':')
                return false;
            if (at < text.Length && text[at] == ':')
            {
                if (gap >= 0)
                    return false;
                gap = count;
                at++;
            }
            else if (at == text.Length)
            {
                return false;
            }
        }
        if (gap < 0 ? count != 8 : count > 7)
            return false;
        var missing = 8 - count;
        for (var i = 0; i < 8; i++)
        {
            var group =
                gap < 0 || i < gap ? groups[i]
                : i < gap + missing ? 0
                : groups[i - missing];
            value = (value << 16) | (ushort)group;
        }
        return true;
    }

    /// <summary>`a.b.c.d/n`, `x::y/n` or a bare address, as first and last address; host bits must be zero.</summary>
    public static bool TryParseNetwork(ReadOnlySpan<char> text, out UInt128 first, out UInt128 last, out bool isIpv4)
    {
        first = last = 0;
        var slash = text.IndexOf('/');
        var host = slash < 0 ? text : text[..slash];
        isIpv4 = !host.Contains(':');
        if (isIpv4)
        {
            if (!TryParseIpv4(host, out var ipv4))
                return false;
            first = ipv4;
        }
        else if (!TryParseIpv6(host, out first))
        {
            return false;
        }
        var width = isIpv4 ? 32 : 128;
        var length = width;
        if (slash >= 0)
        {
            var digits = text[(slash + 1)..];
            if (digits.Length is 0 or > 3 || digits.ContainsAnyExceptInRange('0', '9'))
                return false;
            length = int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
            if (length > width)
                return false;
        }
        var hostBits = width - length;
        var mask = hostBits == 128 ? UInt128.MaxValue : ((UInt128)1 << hostBits) - 1;
        last = first | mask;
        return (first & mask) == 0;
    }

    static int HexValue(char c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
