// The own append-only log: every opening is a line on disk before it happens, each line bound to the one before it.
using System.Security.Cryptography;

namespace Moderation.Vault.Storage;

internal sealed class OpeningLog
{
    internal const string FileName = "openings.log";
    private readonly SyncedLines lines;
    private byte[] head;

    /// <param name="answered">Requests known to have been answered.</param>
    /// <exception cref="InvalidDataException">The chain is broken; nothing may be opened until somebody has looked.</exception>
    internal OpeningLog(string folder, int answered)
    {
        lines = new(Path.Combine(folder, FileName));
        var state = Verify(lines.Lines);
        if (state.BrokenLine is { } line)
            throw new InvalidDataException($"{FileName} is broken at line {line}.");
        // Every answered request was logged before, so a log with fewer entries has lost its tail.
        if (state.Entries < answered)
            throw new InvalidDataException($"{FileName} holds {state.Entries} entries for {answered} requests.");
        head = state.Head;
    }

    /// <param name="BrokenLine">Number of the first line that does not follow from those before it, from 1.</param>
    internal sealed record State(int Entries, byte[] Head, int? BrokenLine);

    /// <summary>Writes the entry; when this returns it is on disk.</summary>
    /// <returns>Leaf hash of the entry (19.2): SHA-256(00 || entry).</returns>
    internal byte[] Append(byte[] entry)
    {
        var leaf = LeafOf(entry);
        var next = Chain(head, leaf);
        lines.Append($"{Convert.ToHexStringLower(entry)} {Convert.ToHexStringLower(next)}");
        head = next;
        return leaf;
    }

    internal static State VerifyFile(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var text = File.Exists(path) ? File.ReadAllText(path) : "";
        var state = Verify(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return state.BrokenLine is null && text.Length > 0 && !text.EndsWith('\n')
            ? state with
            {
                BrokenLine = state.Entries,
            }
            : state;
    }

    private static State Verify(string[] lines)
    {
        var head = new byte[32];
        for (var i = 0; i < lines.Length; i++)
        {
            var parts = lines[i].Split(' ');
            if (parts.Length != 2 || !TryHex(parts[0], out var entry) || !TryHex(parts[1], out var stated))
                return new(i, head, i + 1);
            var next = Chain(head, LeafOf(entry));
            if (!next.AsSpan().SequenceEqual(stated))
                return new(i, head, i + 1);
            head = next;
        }
        return new(lines.Length, head, null);
    }

    private static byte[] LeafOf(byte[] entry) => SHA256.HashData([0, .. entry]);

    private static byte[] Chain(byte[] before, byte[] leaf) => SHA256.HashData([.. before, .. leaf]);

    private static bool TryHex(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == bytes.Length;
    }
}
