// Finds the folders that tests read but that are not part of the repository.
namespace Moderation.UnitTests;

public static class TestPaths
{
    /// <summary>shared/ of the workspace: specifications, vectors and data.</summary>
    public static string Shared { get; } = FindShared();

    /// <summary>shared/vectors.</summary>
    public static string Vectors { get; } = Path.Combine(Shared, "vectors");

    /// <summary>The folder of Moderation.sln.</summary>
    public static string Repository { get; } = FindRepository();

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Moderation.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("No Moderation.sln above the tests.");
    }

    private static string FindShared()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(shared, "vectors")))
                return shared;
        }
        throw new DirectoryNotFoundException("No shared/vectors beside the repository.");
    }
}
