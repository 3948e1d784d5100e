// Frames on the sockets of vault and custodian: u32 length, then one deterministic CBOR item (evidence-bundle.md 18).
using System.Buffers.Binary;

namespace Moderation.Evidence.Custody;

/// <summary>Reads and writes length-prefixed messages on a stream.</summary>
public static class MessageFrame
{
    /// <summary>Largest message between vault and custodian, in bytes (evidence-bundle.md 18).</summary>
    public const int CustodianLimit = 1_048_576;

    /// <summary>Largest message between API and vault, in bytes: a head part, a grant and 2,048 segment starts fit.</summary>
    public const int VaultLimit = 8 * 1_048_576;

    /// <summary>Writes one message.</summary>
    /// <param name="stream">The connected socket.</param>
    /// <param name="message">The encoded CBOR item.</param>
    /// <param name="ct">Cancels the write.</param>
    public static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var head = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(head, (uint)message.Length);
        await stream.WriteAsync(head, ct);
        await stream.WriteAsync(message, ct);
        await stream.FlushAsync(ct);
    }

    /// <summary>Reads one message; null when the peer closed before its first byte.</summary>
    /// <param name="stream">The connected socket.</param>
    /// <param name="limit">Largest accepted length, checked before anything is allocated.</param>
    /// <param name="ct">Cancels the read.</param>
    /// <exception cref="InvalidDataException">The message is longer than <paramref name="limit"/> or empty.</exception>
    /// <exception cref="EndOfStreamException">The peer closed in the middle of a message.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, int limit, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var head = new byte[4];
        var got = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        if (got == 0)
            return null;
        if (got < head.Length)
            throw new EndOfStreamException("The message ends inside its length.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length == 0 || length > (uint)limit)
            throw new InvalidDataException($"A message of {length} bytes is not accepted here.");
        var message = new byte[length];
        await stream.ReadExactlyAsync(message, ct);
        return message;
    }
}
