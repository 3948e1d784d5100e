// Packs a bag into a ustar file that is the same every time, and unpacks one without trusting a name in it (CP-30).
using System.Formats.Tar;

namespace Moderation.CasePackage;

public static class BagArchive
{
    /// <summary>1 GiB: more is no package of ours (CP-4).</summary>
    public const long Largest = 1L << 30;

    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes the archive of the bag in <paramref name="folder"/> and flushes it to disk.</summary>
    public static void Pack(string folder, string archive)
    {
        var name = Path.GetFileName(folder);
        var paths = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);
        using var stream = new FileStream(archive, FileMode.CreateNew, FileAccess.Write);
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var path in paths)
            {
                using var content = File.OpenRead(Path.Combine(folder, path));
                tar.WriteEntry(
                    new UstarTarEntry(TarEntryType.RegularFile, $"{name}/{path}")
                    {
                        Mode = Mode,
                        Uid = 0,
                        Gid = 0,
                        UserName = "",
                        GroupName = "",
                        ModificationTime = DateTimeOffset.UnixEpoch,
                        DataStream = content,
                    }
                );
            }
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Unpacks below <paramref name="into"/> and returns the bag's folder, or why the archive is refused.</summary>
    /// <remarks>All names are judged before the first file is written.</remarks>
    public static (string? Folder, string? Problem) Unpack(string archive, string into)
    {
        try
        {
            if (Judge(archive, out var name) is { } problem)
                return (null, problem);
            using var stream = File.OpenRead(archive);
            using var tar = new TarReader(stream);
            while (tar.GetNextEntry() is { } entry)
            {
                var target = Path.Combine(into, entry.Name);
                DiskFlush.PrivateFolder(Path.GetDirectoryName(target)!);
                using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
                entry.DataStream?.CopyTo(file);
            }
            return (Path.Combine(into, name), null);
        }
        catch (Exception fault) when (fault is InvalidDataException or EndOfStreamException)
        {
            return (null, "it is no whole tar file");
        }
    }

    private static string? Judge(string archive, out string name)
    {
        name = "";
        if (new FileInfo(archive).Length > Largest)
            return "it is larger than any package";
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        using var stream = File.OpenRead(archive);
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry is not UstarTarEntry || entry.EntryType != TarEntryType.RegularFile)
                return "it holds something else than plain files";
            if (!BagPath.IsSafe(entry.Name) || !entry.Name.Contains('/', StringComparison.Ordinal))
                return "it holds an unsafe path";
            var top = entry.Name[..entry.Name.IndexOf('/', StringComparison.Ordinal)];
            if (name.Length > 0 && top != name)
                return "it holds more than one folder";
            name = top;
            if (!seen.Add(entry.Name))
                return "it holds one path twice";
        }
        return name.Length == 0 ? "it is empty" : null;
    }
}
