// Writes opened segments into a folder: all of them or none, readable by their owner alone.
using System.Security.Cryptography;
using Moderation.CasePackage;

namespace Moderation.Cli;

/// <summary>
/// Files are made in a hidden folder inside the target and moved to their names by <see cref="Publish"/>; disposing
/// without it leaves nothing behind.
/// </summary>
public sealed class SegmentFolder : IDisposable
{
    private readonly string target;
    private readonly string staging;
    private readonly bool isNew;
    private readonly List<string> names = [];
    private bool isPublished;

    private SegmentFolder(string target, bool isNew)
    {
        (this.target, this.isNew) = (target, isNew);
        staging = Path.Combine(target, $".opening-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
    }

    /// <summary>Looks whether the names are free and makes the hidden folder.</summary>
    public static SegmentFolder Prepare(string path, int segments) =>
        Guarded(
            path,
            () =>
            {
                for (var i = 0; i < segments; i++)
                    if (File.Exists(Path.Combine(path, NameOf(i))))
                        throw new VerbException(ExitCode.Conflict, $"{Path.Combine(path, NameOf(i))} is there already")
                        {
                            Code = "cli.output-exists",
                        };
                var folder = new SegmentFolder(Path.GetFullPath(path), !Directory.Exists(path));
                DiskFlush.PrivateFolder(folder.target);
                DiskFlush.PrivateFolder(folder.staging);
                return folder;
            }
        );

    /// <summary>Writes one segment, mode 0600, into the hidden folder.</summary>
    public void Write(int index, ReadOnlySpan<byte> media)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(Path.Combine(staging, NameOf(index)), options);
            file.Write(media);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(target, e);
        }
        names.Add(NameOf(index));
    }

    /// <summary>Gives every file its name; when one cannot have it, none keeps it.</summary>
    public void Publish() =>
        Guarded(
            target,
            () =>
            {
                var moved = new List<string>();
                try
                {
                    foreach (var name in names)
                    {
                        File.Move(Path.Combine(staging, name), Path.Combine(target, name), overwrite: false);
                        moved.Add(name);
                    }
                }
                catch
                {
                    moved.ForEach(name => File.Delete(Path.Combine(target, name)));
                    throw;
                }
                return isPublished = true;
            }
        );

    public void Dispose()
    {
        if (Directory.Exists(staging))
            Directory.Delete(staging, recursive: true);
        if (isNew && !isPublished && Directory.Exists(target) && !Directory.EnumerateFileSystemEntries(target).Any())
            Directory.Delete(target);
    }

    private static string NameOf(int index) => $"segment-{index}.bin";

    private static T Guarded<T>(string path, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unwritable(path, e);
        }
    }

    private static VerbException Unwritable(string path, Exception e) =>
        new(ExitCode.Failed, $"{path} cannot be written: {e.Message}") { Code = "cli.unwritable" };
}
