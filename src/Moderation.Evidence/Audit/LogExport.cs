// The audit log as a file: one JSON object a line, entries in order, each checkpoint right after the last entry it covers.
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Moderation.Evidence.Audit;

/// <summary>Writes the lines of an export. Entries hold digests and random ids only, so the file may go to anybody.</summary>
public static class LogExport
{
    public const string Schema = "moderation/audit-log/1";

    // The one escape a checkpoint needs is that of its newlines; a dash or a plus stays readable.
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The first line.</summary>
    public static string Header(string origin, ulong size) =>
        $$"""{"schema":"{{Schema}}","origin":{{Text(origin)}},"size":{{Number(size)}}}""";

    /// <summary>The line of one leaf.</summary>
    public static string Leaf(ulong index, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> leafHash) =>
        $$"""{"index":{{Number(index)}},"entry":"{{Base64Url.EncodeToString(entry)}}","hash":"{{Base64Url.EncodeToString(leafHash)}}"}""";

    /// <summary>The line of a checkpoint, signatures and cosignatures included.</summary>
    public static string Checkpoint(string note) => $$"""{"checkpoint":{{Text(note)}}}""";

    /// <summary>The last line.</summary>
    /// <param name="size">Number of leaves.</param>
    /// <param name="digest">SHA-256 of all lines before, each with its newline.</param>
    public static string End(ulong size, ReadOnlySpan<byte> digest) =>
        $$"""{"end":{{Number(size)}},"sha256":"{{Convert.ToHexStringLower(digest)}}"}""";

    private static string Text(string text) => JsonSerializer.Serialize(text, Plain);

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Why an export is not the log it says it is.</summary>
/// <param name="Index">First entry that is bad, missing or not covered by a checkpoint that holds.</param>
/// <param name="Code">Stable, such as `audit.entry-altered`.</param>
/// <param name="Why">In words.</param>
public sealed record LogFault(ulong Index, string Code, string Why);

/// <summary>Checks an export line by line in constant memory.</summary>
/// <param name="keys">Public keys of the log, pinned by whoever checks.</param>
/// <param name="witnesses">Public keys of witnesses; cosignatures of others are not looked at.</param>
/// <param name="seen">Checkpoints kept from earlier, verified with the same keys.</param>
public sealed class LogExportCheck(
    IReadOnlyCollection<NoteKey> keys,
    IReadOnlyCollection<NoteKey> witnesses,
    IReadOnlyCollection<Checkpoint> seen
) : IDisposable
{
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MerkleFrontier tree = new();
    private readonly Dictionary<ulong, List<byte[]>> expected = seen.GroupBy(checkpoint => checkpoint.Size)
        .ToDictionary(group => group.Key, group => group.Select(checkpoint => checkpoint.Root).ToList());
    private string? origin;
    private ulong declared;
    private bool ended;

    /// <summary>Leaves read so far.</summary>
    public ulong Size => tree.Size;

    /// <summary>Leaves that a good checkpoint covers.</summary>
    public ulong Covered { get; private set; }

    /// <summary>Checkpoints that were read and hold.</summary>
    public int Checkpoints { get; private set; }

    /// <summary>Good cosignatures by a known witness.</summary>
    public int Cosignatures { get; private set; }

    /// <summary>Root over all leaves read; only when there is one.</summary>
    public byte[] Root() => tree.Root();

    /// <summary>Takes the next line, without its newline; the first fault ends the check.</summary>
    public LogFault? Take(string line)
    {
        if (ended)
            return Fault(Size, "audit.export-malformed", "something follows the last line");
        LogFault? fault;
        try
        {
            using var json = JsonDocument.Parse(line);
            fault = origin is null ? TakeHeader(json.RootElement, line) : TakeNext(json.RootElement, line);
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            fault = Malformed();
        }
        if (!ended)
            digest.AppendData(NoteText.Utf8(line + "\n"));
        return fault;
    }

    /// <summary>Says whether everything was there.</summary>
    public LogFault? Finish()
    {
        if (origin is null)
            return Fault(0, "audit.export-malformed", "the file is empty");
        if (Size < declared || !ended)
            return Fault(Size, "audit.export-truncated", $"the file ends before entry {Size} of {declared}");
        if (Covered < Size)
            return Fault(Covered, "audit.not-covered", "the last entries are under no checkpoint");
        var beyond = seen.Where(checkpoint => checkpoint.Size > Size).MinBy(checkpoint => checkpoint.Size);
        return beyond is null
            ? null
            : Fault(Size, "audit.rolled-back", $"a checkpoint of {beyond.Size} entries was seen before");
    }

    public void Dispose() => digest.Dispose();

    private LogFault? TakeHeader(JsonElement json, string line)
    {
        if (json.GetProperty("schema").GetString() != LogExport.Schema)
            return Fault(0, "audit.export-malformed", "not an export of an audit log");
        origin = json.GetProperty("origin").GetString()!;
        declared = json.GetProperty("size").GetUInt64();
        if (line != LogExport.Header(origin, declared))
            return Malformed();
        if (!keys.Any(key => key.Name == origin) || seen.Any(checkpoint => checkpoint.Origin != origin))
            return Fault(0, "audit.other-log", $"this is the log {origin}; the key or a checkpoint is of another one");
        return null;
    }

    private LogFault? TakeNext(JsonElement json, string line)
    {
        if (json.TryGetProperty("entry", out _))
            return TakeLeaf(json, line);
        if (json.TryGetProperty("checkpoint", out var note))
            return line == LogExport.Checkpoint(note.GetString()!) ? TakeCheckpoint(note.GetString()!) : Malformed();
        return TakeEnd(line);
    }

    private LogFault? TakeLeaf(JsonElement json, string line)
    {
        var index = json.GetProperty("index").GetUInt64();
        if (index > Size)
            return Fault(Size, "audit.entry-missing", $"entry {index} stands where entry {Size} belongs");
        if (index < Size)
            return Fault(index, "audit.entry-misplaced", $"entry {index} stands where entry {Size} belongs");
        var entry = Base64Url.DecodeFromChars(json.GetProperty("entry").GetString());
        var hash = Base64Url.DecodeFromChars(json.GetProperty("hash").GetString());
        if (line != LogExport.Leaf(index, entry, hash))
            return Malformed();
        if (!MerkleTree.LeafHash(entry).AsSpan().SequenceEqual(hash))
            return Fault(index, "audit.entry-altered", "the entry and its hash do not belong together");
        tree.Append(hash);
        return expected.TryGetValue(Size, out var roots) && roots.Any(root => !root.AsSpan().SequenceEqual(tree.Root()))
            ? Fault(Covered, "audit.inconsistent", $"not the log of the checkpoint of {Size} entries seen before")
            : null;
    }

    private LogFault? TakeCheckpoint(string note)
    {
        if (Evidence.Audit.Checkpoint.Verify(note, keys) is not { } checkpoint || checkpoint.Origin != origin)
            return Fault(Covered, "audit.checkpoint-signature", $"the checkpoint after entry {Size} is not signed");
        if (checkpoint.Size != Size || Size == 0)
            return Fault(
                Math.Min(Size, checkpoint.Size),
                "audit.checkpoint-misplaced",
                $"a checkpoint of {checkpoint.Size} entries stands after {Size}"
            );
        if (!checkpoint.Root.AsSpan().SequenceEqual(tree.Root()))
            return Fault(Covered, "audit.root", $"entries {Covered} to {Size - 1} do not give the signed root");
        var signed = SignedNote.Parse(note)!;
        foreach (var signature in signed.Signatures)
        {
            // A key we hold must verify; lines of keys we do not hold are left alone, as C2SP asks.
            var known = keys.Concat(witnesses).FirstOrDefault(k => k.Name == signature.Name && k.Id == signature.KeyId);
            if (known is null)
                continue;
            if (!known.Verifies(signed.Text, signature))
                return Fault(Covered, "audit.checkpoint-signature", $"a signature by {known.Name} is not good");
            Cosignatures += known.Kind == NoteKeyKind.Cosignature ? 1 : 0;
        }
        Covered = Size;
        Checkpoints++;
        return null;
    }

    private LogFault? TakeEnd(string line)
    {
        var sum = digest.GetCurrentHash();
        if (Size < declared)
            return Fault(Size, "audit.export-truncated", $"the file ends before entry {Size} of {declared}");
        ended = true;
        return line == LogExport.End(declared, sum) && Size == declared
            ? null
            : Fault(Covered, "audit.export-altered", "the file is not the one that was written");
    }

    private LogFault Malformed() => Fault(Size, "audit.export-malformed", $"the line of entry {Size} cannot be read");

    private static LogFault Fault(ulong index, string code, string why) => new(index, code, why);
}
