// A new key pair each quarter, and the end of an old one's acceptance before its time (evidence-bundle.md 18).
using System.Globalization;
using System.Text.Json.Nodes;
using Moderation.Evidence;
using Moderation.Vault.Registries;
using Moderation.Vault.Storage;
using Moderation.Vault.Tokens;

namespace Moderation.Vault.Ceremony;

internal static class KeyRotation
{
    /// <param name="IsStandard">Another level for the vault's key; null keeps what it has.</param>
    /// <param name="Token">Where the custodian's next key is made; null keeps the kind of place it has.</param>
    internal sealed record Plan(
        string Root,
        uint[] Roles,
        bool? IsStandard,
        TokenPlace? Token,
        string? PinFile,
        bool IsDry
    );

    /// <summary>Makes the new keys, lets both registries accept them, and signs a new list. Clients that hold the list before
    /// may seal to the old keys until it ends; the old keys go on opening until they are destroyed.</summary>
    internal static int Rotate(Plan plan, TimeProvider clock, TextWriter output)
    {
        var (root, now) = (plan.Root, clock.GetUtcNow());
        using var config = KeyCeremony.ReadSigner(FolderLayout.ConfigKey(root));
        var current = KeyLists.Current(root, config.PublicKey);
        if (plan.IsDry)
        {
            output.WriteLine($"would make a new key for role {string.Join(" and ", plan.Roles)} and sign a new list");
            return 0;
        }
        var name = now.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        RecipientKey[] made = [.. plan.Roles.Select(role => Make(plan, role, name, current, config.PublicKey, now))];
        // Accepted before it is published: no client may hold a key that a manifest is refused for.
        Enrolment.Change(
            root,
            file => file with { Recipients = [.. file.Recipients, .. made.Select(RecipientEntry.Of)] }
        );
        KeyLists.KeepEarlier(root, config.PublicKey);
        KeyLists.Write(
            root,
            config,
            [.. current.Keys.Where(key => !plan.Roles.Contains(key.Role)).Concat(made).OrderBy(key => key.Role)],
            now
        );
        foreach (var key in made)
            output.WriteLine(
                new JsonObject
                {
                    ["role"] = key.Role,
                    ["kem"] = (int)key.Kem,
                    ["kid"] = Convert.ToHexStringLower(key.Kid),
                    ["state"] = KeyInventory.Name(KeyState.Current),
                }.ToJsonString()
            );
        output.WriteLine("next: keys backup, keys verify-backup");
        return 0;
    }

    /// <summary>Takes every earlier list with this key away, so that intake refuses it from now on.</summary>
    internal static int Retire(string root, string kid, bool isDry, TimeProvider clock, TextWriter output)
    {
        using var config = KeyCeremony.ReadSigner(FolderLayout.ConfigKey(root));
        var key = KeyInventory.Find(root, config.PublicKey, kid, clock.GetUtcNow());
        if (key.State != KeyState.Previous)
        {
            output.WriteLine(
                key.State == KeyState.Current
                    ? $"refused: {key.Kid} is current; rotate first"
                    : $"{KeyInventory.Name(key.State)} already: {key.Kid}"
            );
            return key.State == KeyState.Current ? 2 : 0;
        }
        var lists = KeyLists
            .Earlier(root, config.PublicKey)
            .Where(list => KeyInventory.Has(list.List, key.Kid))
            .ToList();
        if (isDry)
        {
            output.WriteLine(
                $"would take away {lists.Count} earlier list(s); clients that hold one must fetch the list anew"
            );
            return 0;
        }
        foreach (var (path, _) in lists)
            File.Delete(path);
        FolderSync.Flush(FolderLayout.Public(root, "earlier"));
        output.WriteLine($"retired: {key.Kid}");
        return 0;
    }

    private static RecipientKey Make(
        Plan plan,
        uint role,
        string name,
        RecipientKeyList current,
        CoseKey configuration,
        DateTimeOffset now
    )
    {
        var folder = KeyInventory.FolderOf(plan.Root, role);
        var before = current.Keys.First(key => key.Role == role);
        if (role == 1)
            return KeyCeremony.MakeKey(
                role,
                folder,
                plan.IsStandard switch
                {
                    true => Kem.XWing,
                    false => Kem.X25519,
                    null => before.Kem,
                },
                name
            );
        var place = plan.Token;
        if (place is null && before.Kem == Kem.P256)
        {
            var kid = Convert.ToHexStringLower(before.Kid);
            var path = KeyInventory.Find(plan.Root, configuration, kid, now).Path;
            var token = TokenFile.Read(path ?? throw new InvalidDataException($"The file of {kid} is missing."));
            place = new TokenPlace(token.Module, token.Token, plan.PinFile);
        }
        return place is not null ? place.MakeKey(folder, name) : KeyCeremony.MakeKey(role, folder, Kem.X25519, name);
    }
}
