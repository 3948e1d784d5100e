// Says of every recipient key of the installation what has become of it: current, previous, retired or destroyed.
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Vault.Registries;
using Moderation.Vault.Storage;
using Moderation.Vault.Tokens;

namespace Moderation.Vault.Ceremony;

internal enum KeyState
{
    /// <summary>In the list that clients get now.</summary>
    Current,

    /// <summary>In an earlier list that has not ended: clients may still seal to it.</summary>
    Previous,

    /// <summary>In no list that holds; it still opens what was sealed to it.</summary>
    Retired,

    /// <summary>Gone.</summary>
    Destroyed,
}

/// <param name="AcceptedUntilMs">End of the last list that has it; null when no list that holds does.</param>
/// <param name="Path">Its file; null when it is not there.</param>
internal sealed record KeyRecord(
    uint Role,
    Kem Kem,
    string Kid,
    KeyState State,
    ulong? AcceptedUntilMs,
    string? Path,
    bool IsBackupProven
);

internal static class KeyInventory
{
    internal static int List(string root, TimeProvider clock, TextWriter output)
    {
        using var config = KeyCeremony.ReadSigner(FolderLayout.ConfigKey(root));
        foreach (var key in Read(root, config.PublicKey, clock.GetUtcNow()))
            output.WriteLine(
                new JsonObject
                {
                    ["role"] = key.Role,
                    ["kem"] = (int)key.Kem,
                    ["kid"] = key.Kid,
                    ["state"] = Name(key.State),
                    ["accepted_until_ms"] = key.AcceptedUntilMs,
                    ["file"] = key.Path,
                    ["backup_proven"] = key.IsBackupProven,
                }.ToJsonString()
            );
        return 0;
    }

    internal static IReadOnlyList<KeyRecord> Read(string root, CoseKey configuration, DateTimeOffset now)
    {
        var registry = RegistryFile.Read(FolderLayout.Vault(root));
        var current = KeyLists.Current(root, configuration);
        var nowMs = (ulong)now.ToUnixTimeMilliseconds();
        var holding = KeyLists
            .Earlier(root, configuration)
            .Select(earlier => earlier.List)
            .Where(list => nowMs <= list.NotAfterMs)
            .Append(current)
            .ToArray();
        var files = FilesByKid(FolderLayout.Vault(root))
            .Concat(FilesByKid(FolderLayout.Custodian(root)))
            .ToDictionary(pair => pair.Kid, pair => pair.Path);
        var proven = KeyBackup.ReadProven(root);
        return
        [
            .. registry.Recipients.Select(entry => new KeyRecord(
                entry.Role,
                (Kem)entry.Kem,
                entry.Kid,
                (registry.Destroyed ?? []).Any(gone => gone.Kid == entry.Kid) ? KeyState.Destroyed
                    : Has(current, entry.Kid) ? KeyState.Current
                    : Array.Exists(holding, list => Has(list, entry.Kid)) ? KeyState.Previous
                    : KeyState.Retired,
                holding.Where(list => Has(list, entry.Kid)).Max(list => (ulong?)list.NotAfterMs),
                files.GetValueOrDefault(entry.Kid),
                proven.Contains(entry.Kid)
            )),
        ];
    }

    internal static KeyRecord Find(string root, CoseKey configuration, string kid, DateTimeOffset now) =>
        Read(root, configuration, now)
            .FirstOrDefault(key => string.Equals(key.Kid, kid, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"no recipient key {kid}");

    internal static string Name(KeyState state) => state.ToString().ToLowerInvariant();

    internal static string FolderOf(string root, uint role) =>
        role == 1 ? FolderLayout.Vault(root) : FolderLayout.Custodian(root);

    internal static bool Has(RecipientKeyList list, string kid) =>
        list.Keys.Any(key => Convert.ToHexStringLower(key.Kid) == kid);

    private static IEnumerable<(string Kid, string Path)> FilesByKid(string folder)
    {
        foreach (var path in KeyShelf.Files(folder))
        {
            if (path.EndsWith(".json", StringComparison.Ordinal))
            {
                yield return (TokenFile.Read(path).KeyId, path);
                continue;
            }
            using var pair = KeyShelf.Read(path);
            yield return (Convert.ToHexStringLower(pair.Kid), path);
        }
    }
}
