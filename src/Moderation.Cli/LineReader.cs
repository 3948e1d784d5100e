// Reads a file's lines as they stand: only a newline ends one, bytes that are no UTF-8 are none, and none may be endless.
using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;

namespace Moderation.Cli;

public static class LineReader
{
    // An entry is a few hundred bytes; a checkpoint with many witnesses some thousand.
    private const int Longest = 256 * 1024;
    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The lines without their newlines; a null, and nothing after it, where the file stops being lines.</summary>
    public static async IAsyncEnumerable<string?> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken ct)
    {
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        while (true)
        {
            var read = await reader.ReadAsync(ct);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = TextOf(rest.Slice(0, end));
                yield return line;
                if (line is null)
                    yield break;
                rest = rest.Slice(rest.GetPosition(1, end));
            }
            if (rest.Length > Longest || (read.IsCompleted && rest.Length > 0))
            {
                yield return null;
                yield break;
            }
            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
                yield break;
        }
    }

    private static string? TextOf(ReadOnlySequence<byte> bytes)
    {
        try
        {
            return _strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
