// The registry ready for use: keys parsed, by kid, and read again when the file has changed.
using Moderation.Evidence;

namespace Moderation.Vault.Registries;

/// <summary>Whose approval a key gives.</summary>
internal sealed record Analyst(CoseKey Key, string Staff, bool Senior);

internal sealed class Registry
{
    private Registry(RegistryFile file)
    {
        Peers = file.Peers.Length == 0 ? [Sockets.Hardening.OwnUser] : [.. file.Peers];
        Analysts = file.Analysts.ToDictionary(
            entry => entry.Kid,
            entry => new Analyst(KeyOf(entry.Kid, entry.Key), entry.Staff, entry.Senior)
        );
        Relays = file.Relays.ToDictionary(entry => entry.Kid, entry => KeyOf(entry.Kid, entry.Key));
        ReceiptKeys = file.ReceiptKeys.ToDictionary(entry => entry.Kid, entry => KeyOf(entry.Kid, entry.Key));
        Recipients =
        [
            .. file.Recipients.Select(entry => new AcceptedRecipient(
                entry.Role,
                (Kem)entry.Kem,
                Convert.FromHexString(entry.Kid)
            )),
        ];
        Destroyed = (file.Destroyed ?? []).Select(entry => entry.Kid).ToHashSet(StringComparer.Ordinal);
        Quorum = file.Quorum.ToDictionary(floor => floor.Purpose);
    }

    internal IReadOnlyCollection<uint> Peers { get; }
    internal IReadOnlyDictionary<string, Analyst> Analysts { get; }
    internal IReadOnlyDictionary<string, CoseKey> Relays { get; }
    internal IReadOnlyDictionary<string, CoseKey> ReceiptKeys { get; }
    internal IReadOnlyList<AcceptedRecipient> Recipients { get; }
    internal IReadOnlyDictionary<int, QuorumFloor> Quorum { get; }

    /// <summary>Hex kids of destroyed recipient keys.</summary>
    internal IReadOnlySet<string> Destroyed { get; }

    internal CoseKey? ApprovalKey(byte[] kid) => Analysts.GetValueOrDefault(Convert.ToHexStringLower(kid))?.Key;

    internal static Registry Read(string folder) => new(RegistryFile.Read(folder));

    private static CoseKey KeyOf(string kid, string hex)
    {
        var key =
            CoseKey.Parse(Convert.FromHexString(hex)) ?? throw new InvalidDataException($"Key {kid} is no COSE_Key.");
        return key.KidHex == kid ? key : throw new InvalidDataException($"Key {kid} has another kid.");
    }
}

/// <summary>Follows the file. A registry that cannot be read stops every answer: an unenrolled analyst must not live on
/// in memory because the file is broken.</summary>
internal sealed class LiveRegistry(string folder)
{
    private readonly string path = Path.Combine(folder, RegistryFile.FileName);
    private readonly Lock gate = new();
    private Registry? registry;
    private (DateTime Changed, long Length) seen;

    internal Registry Now
    {
        get
        {
            var file = new FileInfo(path);
            lock (gate)
            {
                var state = (file.LastWriteTimeUtc, file.Length);
                if (registry is null || state != seen)
                {
                    registry = null;
                    registry = Registry.Read(folder);
                    seen = state;
                }
                return registry;
            }
        }
    }
}
