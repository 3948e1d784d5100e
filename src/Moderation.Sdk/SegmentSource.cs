// Makes the plaintext of a segment from its frozen unit when its turn comes (evidence-bundle.md 6.3, 12.4).
using System.Buffers;
using Moderation.Evidence;
using Moderation.Sdk.Media;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <summary>Safe for several threads; nothing it reads changes. What it gives is zeroed when disposed.</summary>
internal sealed class SegmentSource(FrozenUnits frozen, byte[] meeting)
{
    /// <summary>The plaintext of kind 2, or of chat. Null when no segment can be made of the unit.</summary>
    public IMemoryOwner<byte>? Asserted(FrozenUnit unit) =>
        unit.Unit.Form switch
        {
            UnitForm.Ready => Bytes(unit, out _),
            UnitForm.Frames => Muxed(unit),
            _ => Reassembled(unit),
        };

    /// <summary>The plaintext of kind 1, or null when the attestation does not fit what is held.</summary>
    public IMemoryOwner<byte>? Attested(FrozenUnit unit, Attestation attestation)
    {
        Span<byte> key = stackalloc byte[32];
        if (!frozen.Ring.ReadKey(unit, key))
            return null;
        using var bytes = Bytes(unit, out var records);
        var frames = records.ConvertAll(r => (ReadOnlyMemory<byte>)bytes.Memory.Slice(r.Offset, r.Length));
        var composed = AttestedSegment.Compose(attestation, StreamKidOf(unit), key, frames, meeting);
        key.Clear();
        return composed;
    }

    public static StreamKid StreamKidOf(FrozenUnit unit) =>
        new(unit.Stream.ParticipantBytes, unit.Stream.Stream, unit.Unit.Kid);

    private SecretMemory Bytes(FrozenUnit unit, out List<UnitRecord> records)
    {
        var memory = SecretMemory.Rent(unit.Bytes);
        try
        {
            records = frozen.Ring.Read(unit, memory.Memory.Span);
            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private SecretMemory? Muxed(FrozenUnit unit)
    {
        using var bytes = Bytes(unit, out var records);
        var first = frozen.Units.First(other => other.Group == unit.Group);
        var codec = (Codec)(unit.Content & 0xff);
        if (first == unit)
            return SegmentMuxer.Mux(codec, unit, bytes.Memory.Span, records, bytes.Memory.Span, records[0]);
        // A continuation carries the header of its group's first unit again.
        using var opening = Bytes(first, out var openingRecords);
        return SegmentMuxer.Mux(codec, unit, bytes.Memory.Span, records, opening.Memory.Span, openingRecords[0]);
    }

    // Decrypted and put together again in the order of the counters (evidence-bundle.md 12.2, last paragraph).
    private SecretMemory? Reassembled(FrozenUnit unit)
    {
        using var media = SecretMemory.Rent(unit.Bytes);
        var length = Open(unit, media.Memory.Span, firstOnly: false);
        if (length <= 0)
            return null;
        var bytes = media.Memory.Span[..length];
        if (Cmaf.StartsWithHeader(bytes))
            return Copy([], bytes);
        // Its header never arrived: that of the nearest unit of the same stream says the same.
        foreach (
            var other in frozen
                .Units.Where(other => other.Stream == unit.Stream && other != unit)
                .OrderBy(other => Math.Abs((long)other.StartMs - (long)unit.StartMs))
        )
        {
            using var header = SecretMemory.Rent(other.Bytes);
            var headerLength = Open(other, header.Memory.Span, firstOnly: true);
            if (headerLength > 0 && Cmaf.StartsWithHeader(header.Memory.Span[..headerLength]))
                return Copy(header.Memory.Span[..headerLength], bytes);
        }
        return null;
    }

    private int Open(FrozenUnit unit, Span<byte> into, bool firstOnly)
    {
        Span<byte> key = stackalloc byte[32];
        if (!frozen.Ring.ReadKey(unit, key))
            return 0;
        using SFrameReceiver receiver = new(key, unit.Unit.Kid);
        key.Clear();
        using var bytes = Bytes(unit, out var records);
        List<(ulong Counter, UnitRecord Record)> frames = [];
        foreach (var record in records)
            if (receiver.CounterOf(bytes.Memory.Span.Slice(record.Offset, record.Length)) is { } counter)
                frames.Add((counter, record));
        var length = 0;
        foreach (var (_, record) in frames.DistinctBy(frame => frame.Counter).OrderBy(frame => frame.Counter))
        {
            var opened = receiver.Open(bytes.Memory.Span.Slice(record.Offset, record.Length), into[length..]);
            length += Math.Max(0, opened);
            if (firstOnly)
                break;
        }
        return length;
    }

    private static SecretMemory? Copy(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (header.Length + body.Length > EvidenceLimits.SegmentPlaintext)
            return null;
        var memory = SecretMemory.Rent(header.Length + body.Length);
        header.CopyTo(memory.Memory.Span);
        body.CopyTo(memory.Memory.Span[header.Length..]);
        return memory;
    }
}
