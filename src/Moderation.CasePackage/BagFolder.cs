// A bag as it lies on disk: which files it has, judged before any is opened, and what its manifests say of them.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Moderation.Domain.Legal;

namespace Moderation.CasePackage;

internal sealed class BagFolder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly string _folder;

    private BagFolder(string folder, IReadOnlyList<string> payload) => (_folder, Payload) = (folder, payload);

    public string Name => Path.GetFileName(_folder);

    /// <summary>Paths below <c>data/</c>, in byte order.</summary>
    public IReadOnlyList<string> Payload { get; }

    /// <summary>Looks at names and kinds of files only; null, or why this is no bag (CP-1, CP-6, CP-7, CP-8).</summary>
    public static string? Open(string folder, out BagFolder bag)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        List<string> payload = [];
        bag = new BagFolder(folder, payload);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var root = new DirectoryInfo(folder);
        if (!root.Exists)
            return "there is no such folder";
        var everything = new EnumerationOptions { RecurseSubdirectories = false, AttributesToSkip = 0 };
        var open = new Stack<DirectoryInfo>([root]);
        while (open.TryPop(out var directory))
        {
            var entries = directory.EnumerateFileSystemInfos("*", everything).ToList();
            if (entries.Count == 0)
                return "it has an empty folder";
            foreach (var entry in entries)
            {
                var path = Path.GetRelativePath(folder, entry.FullName).Replace('\\', '/');
                if (!BagPath.IsSafe($"{root.Name}/{path}"))
                    return "it has an unsafe path";
                // A link is never followed, wherever it leads.
                if (entry.LinkTarget is not null)
                    return $"{path} is a link";
                if (!seen.Add(path))
                    return $"{path} stands twice";
                if (entry is DirectoryInfo inner)
                {
                    if (directory == root && path != "data")
                        return $"{path} has no place in a bag";
                    open.Push(inner);
                }
                else if (((FileInfo)entry).Length == 0 || (entry.Attributes & FileAttributes.Device) != 0)
                    return $"{path} is empty or no plain file";
                else if (path.StartsWith("data/", StringComparison.Ordinal))
                    payload.Add(path);
                else if (!BagPath.Root.Contains(path))
                    return path == "fetch.txt" ? "fetch.txt must not be there" : $"{path} has no place in a bag";
            }
        }
        payload.Sort(StringComparer.Ordinal);
        return BagPath.Root.FirstOrDefault(path => !seen.Contains(path)) is { } missing
            ? $"{missing} is missing"
            : null;
    }

    public byte[] Read(string path) => File.ReadAllBytes(Path.Combine(_folder, path));

    public string Text(string path) => Strict.GetString(Read(path));

    public JsonObject Json(string path) => Jcs.Read(Read(path)).AsObject();

    public BagFile FileOf(string path) => BagFile.Of(path, Read(path));

    /// <summary>Labels of bag-info.txt.</summary>
    public IReadOnlyDictionary<string, string> Info() =>
        Lines(BagPath.Info)
            .Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    /// <summary>Lines of a text file that ends with LF.</summary>
    public IReadOnlyList<string> Lines(string path)
    {
        var text = Text(path);
        return text.EndsWith('\n') ? text[..^1].Split('\n') : throw new FormatException("The last line does not end.");
    }

    /// <summary>Every expected path stands once, in order, with its digest, and nothing else does.</summary>
    public string? JudgeManifest(string manifest, IReadOnlyList<string> expected, bool wide)
    {
        var digestLength = wide ? 128 : 64;
        List<string> listed = [];
        foreach (var line in Lines(manifest))
        {
            if (line.Length < digestLength + 3 || line.AsSpan(digestLength, 2) is not "  ")
                return "a line is malformed";
            var (digest, path) = (line[..digestLength], line[(digestLength + 2)..]);
            if (!BagPath.IsSafe(path))
                return "a line has an unsafe path";
            if (listed.Count > 0 && string.CompareOrdinal(listed[^1], path) >= 0)
                return "its lines are not in order";
            listed.Add(path);
            if (!File.Exists(Path.Combine(_folder, path)))
                return $"{path} is missing";
            if (DigestOf(path, wide) != digest)
                return $"{path} was changed";
        }
        return expected.Except(listed, StringComparer.Ordinal).FirstOrDefault() is { } extra ? $"{extra} is not listed"
            : listed.Except(expected, StringComparer.Ordinal).Any() ? "it lists something else than it must"
            : null;
    }

    public string? JudgeOxum()
    {
        var bytes = Payload.Sum(path => new FileInfo(Path.Combine(_folder, path)).Length);
        var oxum = string.Create(CultureInfo.InvariantCulture, $"{bytes}.{Payload.Count}");
        return Info().GetValueOrDefault("Payload-Oxum") == oxum ? null : $"it should be {oxum}";
    }

    private string DigestOf(string path, bool wide)
    {
        using var stream = File.OpenRead(Path.Combine(_folder, path));
        return Convert.ToHexStringLower(wide ? SHA512.HashData(stream) : SHA256.HashData(stream));
    }
}
