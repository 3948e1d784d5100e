// Where tests find the shared vectors and data, which lie beside the project's folder.
namespace Moderation.Tests;

public static class TestPaths
{
    /// <summary>A path below the folder of Moderation.sln.</summary>
    public static string Repository(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Moderation.sln")))
                return Path.Combine([folder.FullName, .. parts]);
        throw new DirectoryNotFoundException("No Moderation.sln above the tests.");
    }

    /// <summary>A path below `shared`, found by walking up from the test's own folder.</summary>
    public static string Shared(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(shared, "vectors")))
                return Path.Combine([shared, .. parts]);
        }
        throw new DirectoryNotFoundException("No folder `shared` with vectors was found beside the project.");
    }
}
