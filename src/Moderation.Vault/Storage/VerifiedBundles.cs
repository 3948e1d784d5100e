// Content ids of bundles whose every segment this vault has hashed once (evidence-bundle.md 19.2, note on V1).
namespace Moderation.Vault.Storage;

internal sealed class VerifiedBundles
{
    private const string FileName = "verified.log";
    private readonly SyncedLines lines;
    private readonly HashSet<string> contentIds;
    private readonly Lock gate = new();

    internal VerifiedBundles(string folder)
    {
        lines = new(Path.Combine(folder, FileName));
        contentIds = [.. lines.Lines.Select(line => line.Split(' ')[0])];
    }

    internal bool Holds(ReadOnlySpan<byte> contentId)
    {
        var id = Convert.ToHexStringLower(contentId);
        lock (gate)
            return contentIds.Contains(id);
    }

    /// <summary>Content ids of bundles this vault has seen sealed to the key, from the file alone.</summary>
    internal static IEnumerable<string> SealedTo(string folder, string kid)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? File.ReadAllLines(path)
                .Select(line => line.Split(' '))
                .Where(words => words.Contains(kid))
                .Select(words => words[0])
            : [];
    }

    /// <param name="contentId">32 bytes.</param>
    /// <param name="recipients">Kids its content key was wrapped for.</param>
    internal void Add(ReadOnlySpan<byte> contentId, IEnumerable<byte[]> recipients)
    {
        var id = Convert.ToHexStringLower(contentId);
        lock (gate)
        {
            if (contentIds.Contains(id))
                return;
            lines.Append(string.Join(' ', recipients.Select(Convert.ToHexStringLower).Prepend(id)));
            contentIds.Add(id);
        }
    }
}
