// Collects the receipts that a bundle's attested segments refer to, in the order section 12.3 asks for.
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>Ascending windows, each once; a receipt that would break the region is left out, and its segments with it.</summary>
public sealed class ReceiptsRegion
{
    private readonly SortedDictionary<ulong, (RelayReceipt Receipt, byte[] Bytes)> _windows = [];
    private long _length = 5;

    /// <summary>True when the receipt is, or already was, part of the region.</summary>
    /// <param name="meeting">16 bytes.</param>
    public bool Add(ReadOnlyMemory<byte> bytes, ReadOnlySpan<byte> meeting)
    {
        if (RelayReceipt.ReadUnverified(bytes) is not { } receipt || !receipt.Meeting.AsSpan().SequenceEqual(meeting))
            return false;
        if (_windows.TryGetValue(receipt.Window, out var known))
            return known.Bytes.AsSpan().SequenceEqual(bytes.Span);
        if (_windows.Count == EvidenceLimits.ReceiptCount || _length + bytes.Length + 3 > EvidenceLimits.Receipts)
            return false;
        // Neighbours of consecutive windows name each other; one that does not would have the whole bundle refused.
        if (
            (
                receipt.Window > 0
                && _windows.TryGetValue(receipt.Window - 1, out var before)
                && !Names(receipt, before.Bytes)
            ) || (_windows.TryGetValue(receipt.Window + 1, out var after) && !Names(after.Receipt, bytes.Span))
        )
            return false;
        _windows.Add(receipt.Window, (receipt, bytes.ToArray()));
        _length += bytes.Length + 3;
        return true;
    }

    /// <summary>The receipts in ascending window order.</summary>
    public IReadOnlyList<byte[]> Receipts => [.. _windows.Values.Select(entry => entry.Bytes)];

    /// <summary>The place of a receipt that was added.</summary>
    public int IndexOf(ReadOnlyMemory<byte> bytes)
    {
        var index = 0;
        foreach (var (_, known) in _windows.Values)
        {
            if (known.AsSpan().SequenceEqual(bytes.Span))
                return index;
            index++;
        }
        return -1;
    }

    private static bool Names(RelayReceipt later, ReadOnlySpan<byte> earlier) =>
        SHA256.HashData(earlier).AsSpan().SequenceEqual(later.Previous);
}
