// Reads a .evb file and a keys file from disk: the head part into memory, the segments only as they are asked for.
using Moderation.Evidence;

namespace Moderation.Cli;

/// <summary>An open bundle. Memory is bounded by the head part and one segment, whatever the size of the file.</summary>
public sealed class BundleFile : IDisposable
{
    private const long LargestKeysFile = 64 * 1024 * 1024;
    private readonly FileStream stream;

    private BundleFile(FileStream stream, byte[] head) => (this.stream, Head) = (stream, head);

    /// <summary>The head part, or what there is of it.</summary>
    public byte[] Head { get; }

    /// <summary>Bytes of the whole file.</summary>
    public long Length => stream.Length;

    /// <summary>Opens the file and reads its head part.</summary>
    public static async Task<BundleFile> OpenAsync(string path, CancellationToken ct)
    {
        var stream = OpenToRead(path);
        try
        {
            var header = new byte[EvidenceLimits.Header];
            var read = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, ct);
            // A header that is refused, or a file that ends in it, is all a verifier needs to say why.
            if (BundleHead.ReadLength(header.AsSpan(0, read), out var length) is not null)
                return new BundleFile(stream, header[..read]);
            var head = new byte[(int)Math.Min(length, stream.Length)];
            header.AsSpan(0, Math.Min(read, head.Length)).CopyTo(head);
            var rest = head.AsMemory(Math.Min(read, head.Length));
            var more = await stream.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, ct);
            return new BundleFile(stream, more < rest.Length ? head[..^(rest.Length - more)] : head);
        }
        catch (IOException e)
        {
            await stream.DisposeAsync();
            throw Unreadable(path, e);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Step F over the segments, as a stream.</summary>
    public async Task<EvidenceRefusal?> VerifySegmentsAsync(VerifiedHead head, CancellationToken ct)
    {
        stream.Position = head.Head.Bytes.Length;
        return await SegmentVerifier.VerifyAllAsync(stream, head.Structure.Descriptors, ct);
    }

    /// <summary>Puts the file at its first segment, for <see cref="ReadSegmentAsync"/>.</summary>
    public void Rewind() => stream.Position = Head.Length;

    /// <summary>The next segment's ciphertext, checked again: the file may have changed since it was verified.</summary>
    public async Task<Verdict<byte[]>> ReadSegmentAsync(Descriptor descriptor, CancellationToken ct)
    {
        var ciphertext = new byte[descriptor.CiphertextLength];
        var read = await stream.ReadAtLeastAsync(ciphertext, ciphertext.Length, throwOnEndOfStream: false, ct);
        if (read < ciphertext.Length)
            return new EvidenceRefusal(EvidenceCodes.Truncated, $"Segment {descriptor.Index}.");
        return SegmentVerifier.Verify(ciphertext, descriptor) is { } refusal ? refusal : ciphertext;
    }

    /// <summary>Reads a keys file of Annex A.</summary>
    public static AnnexAState ReadKeys(string path)
    {
        using var file = OpenToRead(path);
        if (file.Length > LargestKeysFile)
            throw new VerbException(ExitCode.Usage, $"{path}: too large for a keys file")
            {
                Code = "cli.keys-malformed",
            };
        var bytes = new byte[file.Length];
        try
        {
            file.ReadExactly(bytes);
            return AnnexAState.Parse(bytes);
        }
        catch (FormatException e)
        {
            throw new VerbException(ExitCode.Usage, $"{path} is no keys file: {e.Message}")
            {
                Code = "cli.keys-malformed",
            };
        }
        catch (IOException e)
        {
            throw Unreadable(path, e);
        }
    }

    public void Dispose() => stream.Dispose();

    private static FileStream OpenToRead(string path)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.CanSeek)
                return stream;
            stream.Dispose();
            throw new VerbException(ExitCode.Failed, $"{path} is no file") { Code = "cli.unreadable" };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new VerbException(ExitCode.NotFound, $"{path} is missing") { Code = "cli.not-found" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(path, e);
        }
    }

    private static VerbException Unreadable(string path, Exception e) =>
        new(ExitCode.Failed, $"{path} cannot be read: {e.Message}") { Code = "cli.unreadable" };
}
