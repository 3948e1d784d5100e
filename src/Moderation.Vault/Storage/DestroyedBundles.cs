// Tombstones: content ids of bundles that were destroyed, each with its certificate; a restored backup revives none.
namespace Moderation.Vault.Storage;

internal sealed class DestroyedBundles
{
    private readonly SyncedLines lines;
    private readonly Dictionary<string, byte[]> certificates;
    private readonly Lock gate = new();

    internal DestroyedBundles(string folder)
    {
        lines = new(Path.Combine(folder, "destroyed.log"));
        certificates = lines
            .Lines.Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => Convert.FromHexString(words[1]));
    }

    /// <summary>The certificate, or null for a bundle that was not destroyed.</summary>
    internal byte[]? CertificateOf(ReadOnlySpan<byte> contentId)
    {
        var id = Convert.ToHexStringLower(contentId);
        lock (gate)
            return certificates.GetValueOrDefault(id);
    }

    /// <summary>On disk when this returns.</summary>
    internal void Add(ReadOnlySpan<byte> contentId, byte[] certificate)
    {
        var id = Convert.ToHexStringLower(contentId);
        lock (gate)
        {
            lines.Append($"{id} {Convert.ToHexStringLower(certificate)}");
            certificates.Add(id, certificate);
        }
    }
}
