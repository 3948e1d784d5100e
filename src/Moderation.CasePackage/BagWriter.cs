// Writes a bag into a folder: payload, manifests, tag manifests, seal; every file flushed to disk (case-package.md 3).
using System.Security.Cryptography;
using System.Text;

namespace Moderation.CasePackage;

/// <param name="Path">Path in the bag.</param>
/// <param name="Sha256">Lower-case hex.</param>
/// <param name="Sha512">Lower-case hex.</param>
public sealed record BagFile(string Path, long Bytes, string Sha256, string Sha512)
{
    public static BagFile Of(string path, ReadOnlySpan<byte> content) =>
        new(
            path,
            content.Length,
            Convert.ToHexStringLower(SHA256.HashData(content)),
            Convert.ToHexStringLower(SHA512.HashData(content))
        );
}

/// <param name="folder">The bag's folder, which must be empty; its name is the package's name.</param>
public sealed class BagWriter(string folder)
{
    private readonly SortedDictionary<string, BagFile> _payload = new(StringComparer.Ordinal);

    public IReadOnlyCollection<BagFile> Payload => _payload.Values;

    /// <summary>Writes one payload file.</summary>
    /// <exception cref="ArgumentException">The path is not safe, stands already, or the file is empty (CP-1, CP-8).</exception>
    public BagFile Add(string path, ReadOnlySpan<byte> content)
    {
        var inArchive = $"{Path.GetFileName(folder)}/{path}";
        if (!path.StartsWith("data/", StringComparison.Ordinal) || !BagPath.IsSafe(inArchive) || content.IsEmpty)
            throw new ArgumentException($"{path} has no place in a package.", nameof(path));
        var file = BagFile.Of(path, content);
        if (!_payload.TryAdd(path, file))
            throw new ArgumentException($"{path} stands already.", nameof(path));
        Write(path, content);
        return file;
    }

    /// <summary>Writes everything beside the payload and signs it.</summary>
    /// <param name="labels">Lines of bag-info.txt without Payload-Oxum.</param>
    public void Seal(IEnumerable<KeyValuePair<string, string>> labels, PackageSigner signer, DateTimeOffset signedAt)
    {
        var oxum = $"{_payload.Values.Sum(f => f.Bytes)}.{_payload.Count}";
        var info = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["Payload-Oxum"] = oxum };
        foreach (var (label, value) in labels)
        {
            if (value.AsSpan().IndexOfAny('\r', '\n') >= 0)
                throw new ArgumentException($"{label} has a line end.", nameof(labels));
            info.Add(label, value);
        }
        Tag(BagPath.BagIt, BagPath.BagItText);
        Tag(BagPath.Info, string.Concat(info.Select(line => $"{line.Key}: {line.Value}\n")));
        Tag("manifest-sha256.txt", Manifest(_payload.Values.Select(f => (f.Sha256, f.Path))));
        Tag("manifest-sha512.txt", Manifest(_payload.Values.Select(f => (f.Sha512, f.Path))));
        var tags = BagPath
            .TagFiles.Order(StringComparer.Ordinal)
            .Select(path => BagFile.Of(path, File.ReadAllBytes(Path.Combine(folder, path))))
            .ToList();
        Tag("tagmanifest-sha256.txt", Manifest(tags.Select(f => (f.Sha256, f.Path))));
        var seal = Tag(BagPath.TagManifest512, Manifest(tags.Select(f => (f.Sha512, f.Path))));
        Write(BagPath.Signature, signer.Sign(seal, signedAt));
        foreach (var directory in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
            DiskFlush.Folder(directory);
        DiskFlush.Folder(folder);
    }

    private static string Manifest(IEnumerable<(string Digest, string Path)> lines) =>
        string.Concat(lines.Select(line => $"{line.Digest}  {line.Path}\n"));

    private byte[] Tag(string path, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Write(path, bytes);
        return bytes;
    }

    private void Write(string path, ReadOnlySpan<byte> content)
    {
        var target = Path.Combine(folder, path);
        DiskFlush.PrivateFolder(Path.GetDirectoryName(target)!);
        using var stream = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }
}
