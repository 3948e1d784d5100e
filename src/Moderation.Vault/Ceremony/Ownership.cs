// Gives each process's folder to its own operating-system user, and lets only the right user speak to each (evidence-bundle.md 18).
using Moderation.Vault.Storage;

namespace Moderation.Vault.Ceremony;

internal static class Ownership
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode PassThrough = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Run by root. The server may speak to the vault, the vault alone to the custodian.</summary>
    internal static int Own(string root, string vaultUser, string custodianUser, string serverUser, TextWriter output)
    {
        var (vault, custodian, server) = (IdOf(vaultUser), IdOf(custodianUser), IdOf(serverUser));
        var isOne = vault == custodian && custodian == server;
        if (!isOne && (vault == custodian || vault == server || custodian == server))
            throw new UsageException("--vault, --custodian and --server are three different users, or all the same");
        Give(FolderLayout.Vault(root), vault);
        Give(FolderLayout.Custodian(root), custodian);
        SetPeers(FolderLayout.Vault(root), isOne ? [] : [server]);
        SetPeers(FolderLayout.Custodian(root), isOne ? [] : [vault]);
        // Others pass through the folder without seeing what is in it; what is public may be read.
        File.SetUnixFileMode(root, PassThrough);
        File.SetUnixFileMode(Path.Combine(root, "public"), FolderSync.EverybodyLooks);
        output.WriteLine($"owned: vault by {vault}, custodian by {custodian}; {server} may speak to the vault");
        return 0;
    }

    private static void Give(string folder, uint user)
    {
        foreach (var path in Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories).Append(folder))
        {
            var owner = FileOwner.Of(path);
            (owner with { User = user }).GiveTo(path);
            if (Directory.Exists(path))
                File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    private static void SetPeers(string folder, uint[] users)
    {
        var registry = Registries.RegistryFile.Read(folder);
        if (!registry.Peers.SequenceEqual(users))
            (registry with { Peers = users }).Write(folder);
    }

    private static uint IdOf(string text) =>
        uint.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new UsageException($"{text} is no user id");
}
