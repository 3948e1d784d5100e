// Writes ISO/IEC 14496-12 boxes into a span, big-endian, with sizes filled in when a box ends.
using System.Buffers.Binary;

namespace Moderation.Sdk.Media;

internal ref struct BoxWriter(Span<byte> into)
{
    private readonly Span<byte> _into = into;

    public int At { get; private set; }

    /// <summary>The place to give to <see cref="End"/>.</summary>
    public int Begin(ReadOnlySpan<byte> type)
    {
        var start = At;
        U32(0);
        Bytes(type);
        return start;
    }

    /// <summary>A box with version and flags.</summary>
    public int BeginFull(ReadOnlySpan<byte> type, byte version, uint flags)
    {
        var start = Begin(type);
        U32(((uint)version << 24) | flags);
        return start;
    }

    public readonly void End(int start) => BinaryPrimitives.WriteUInt32BigEndian(_into[start..], (uint)(At - start));

    public void U8(int value) => _into[At++] = (byte)value;

    public void U16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_into[At..], (ushort)value);
        At += 2;
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_into[At..], value);
        At += 4;
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_into[At..], value);
        At += 8;
    }

    public void Zeros(int count)
    {
        _into.Slice(At, count).Clear();
        At += count;
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_into[At..]);
        At += bytes.Length;
    }

    public readonly void Patch32(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(_into[at..], value);
}
