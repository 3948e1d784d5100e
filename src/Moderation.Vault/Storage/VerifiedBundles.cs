// Content ids of bundles whose every segment this vault has hashed once (evidence-bundle.md 19.2, note on V1).
namespace Moderation.Vault.Storage;

internal sealed class VerifiedBundles
{
    private readonly SyncedLines lines;
    private readonly HashSet<string> contentIds;
    private readonly Lock gate = new();

    internal VerifiedBundles(string folder)
    {
        lines = new(Path.Combine(folder, "verified.log"));
        contentIds = [.. lines.Lines];
    }

    internal bool Holds(ReadOnlySpan<byte> contentId)
    {
        var id = Convert.ToHexStringLower(contentId);
        lock (gate)
            return contentIds.Contains(id);
    }

    internal void Add(ReadOnlySpan<byte> contentId)
    {
        var id = Convert.ToHexStringLower(contentId);
        lock (gate)
        {
            if (contentIds.Contains(id))
                return;
            lines.Append(id);
            contentIds.Add(id);
        }
    }
}
