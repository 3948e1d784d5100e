// Finds what a run reads: the shared vectors and the browser's half of the format.
namespace Moderation.Fuzz;

public static class Places
{
    /// <summary>shared/vectors/evb1 beside the project.</summary>
    public static string Vectors { get; } = Above(Path.Combine("shared", "vectors", "evb1"));

    /// <summary>The top of the project.</summary>
    public static string Top { get; } = Path.GetDirectoryName(Above("Moderation.sln"))!;

    private static string Above(string what)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, what) is var path && Path.Exists(path))
                return path;
        throw new DirectoryNotFoundException($"{what} is not above {AppContext.BaseDirectory}.");
    }
}
