// The recipient keys of one process: those of earlier quarters stay until they are destroyed, a new one is found without a restart.
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Vault.Registries;

namespace Moderation.Vault.Storage;

internal sealed class KeyShelf : IDisposable
{
    private const string XWing = ".xwing.key";
    private readonly string folder;
    private readonly Func<Registry> registry;
    private readonly Func<string, IRecipientKey> openToken;
    private readonly Lock gate = new();
    private readonly Dictionary<string, IRecipientKey> keys = [];

    /// <param name="folder">Folder of the process.</param>
    /// <param name="registry">Says which keys were destroyed.</param>
    /// <param name="openToken">Opens the key that a `*.token.json` describes.</param>
    /// <exception cref="InvalidDataException">There is no key, or one with a wrong mode, owner or length.</exception>
    internal KeyShelf(string folder, Func<Registry> registry, Func<string, IRecipientKey> openToken)
    {
        (this.folder, this.registry, this.openToken) = (folder, registry, openToken);
        TakeNew();
        if (Kids.Count == 0)
            throw new InvalidDataException($"{folder} holds no recipient key.");
    }

    /// <summary>Kids of the keys that open.</summary>
    internal IReadOnlyList<byte[]> Kids
    {
        get
        {
            lock (gate)
            {
                DropDestroyed();
                return [.. keys.Values.Select(key => key.Kid)];
            }
        }
    }

    /// <summary>The key with this kid, or null. A destroyed one is erased from memory here, whatever lies in the folder.</summary>
    internal IRecipientKey? Find(ReadOnlySpan<byte> kid)
    {
        lock (gate)
        {
            DropDestroyed();
            if (Among(kid) is { } known)
                return known;
            TakeNew(); // a rotation since the start
            return Among(kid);
        }
    }

    public void Dispose()
    {
        foreach (var key in keys.Values)
            key.Dispose();
        keys.Clear();
    }

    /// <summary>The key files of a folder: kem*.key, and kem*.token.json for a key in a token.</summary>
    internal static IEnumerable<string> Files(string folder) =>
        Directory
            .GetFiles(folder, "kem*.key")
            .Concat(Directory.GetFiles(folder, "kem*.token.json"))
            .Order(StringComparer.Ordinal);

    internal static Kem KemOf(string path) => path.EndsWith(XWing, StringComparison.Ordinal) ? Kem.XWing : Kem.X25519;

    /// <summary>Where a key of that kem lies; the first one of a folder has no name.</summary>
    internal static string PathOf(string folder, Kem kem, string? name) =>
        Path.Combine(folder, $"kem{(name is null ? "" : "-" + name)}{(kem == Kem.XWing ? XWing : ".key")}");

    /// <summary>Reads one key from its file.</summary>
    internal static KemKeyPair Read(string path) => KeyFile.Read(path, key => KemKeyPair.Import(KemOf(path), key));

    private IRecipientKey? Among(ReadOnlySpan<byte> kid)
    {
        foreach (var key in keys.Values)
            if (kid.SequenceEqual(key.Kid))
                return key;
        return null;
    }

    private void TakeNew()
    {
        var known = registry();
        foreach (var path in Files(folder))
        {
            if (keys.ContainsKey(path))
                continue;
            var key = path.EndsWith(".json", StringComparison.Ordinal) ? openToken(path) : Read(path);
            // A key that came back from a backup after its destruction stays unused.
            if (known.Destroyed.Contains(Convert.ToHexStringLower(key.Kid)))
                key.Dispose();
            else
                keys.Add(path, key);
        }
    }

    private void DropDestroyed()
    {
        var destroyed = registry().Destroyed;
        foreach (var (path, key) in keys.Where(pair => destroyed.Contains(Convert.ToHexStringLower(pair.Value.Kid))))
        {
            key.Dispose();
            keys.Remove(path);
        }
    }
}
