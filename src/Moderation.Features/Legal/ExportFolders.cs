// Where packages are made and where they lie once published, below the data folder.
using Microsoft.Extensions.Configuration;
using Moderation.CasePackage;
using Moderation.Domain.Legal;

namespace Moderation.Features.Legal;

/// <summary>Both on one file system, so that publishing is one rename (case-package.md CP-33).</summary>
public sealed class ExportFolders(IConfiguration configuration)
{
    private string Root =>
        Path.Combine(
            Path.GetFullPath(configuration["DataDir"] ?? throw new InvalidOperationException("DataDir is not set.")),
            "exports"
        );

    public string Staging(ExportId id) => Path.Combine(Root, "staging", id.ToString());

    public string Published(string group) => Path.Combine(Root, "published", group);

    /// <summary>A fresh private folder.</summary>
    public string MakeStaging(ExportId id)
    {
        Drop(Staging(id));
        DiskFlush.PrivateFolder(Root);
        DiskFlush.PrivateFolder(Path.Combine(Root, "published"));
        DiskFlush.PrivateFolder(Staging(id));
        return Staging(id);
    }

    /// <summary>One rename, made durable.</summary>
    public void Publish(string staged, string group)
    {
        DiskFlush.Folder(staged);
        Directory.Move(staged, Published(group));
        DiskFlush.Folder(Path.GetDirectoryName(Published(group))!);
    }

    public static void Drop(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
