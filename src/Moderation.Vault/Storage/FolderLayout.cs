// Where everything lies below the installation folder.
namespace Moderation.Vault.Storage;

internal static class FolderLayout
{
    internal static readonly string[] Registries = ["vault", "custodian"];

    internal static string ConfigKey(string root) => Path.Combine(root, "config", "config.key");

    internal static string Vault(string root) => Path.Combine(root, "vault");

    internal static string Custodian(string root) => Path.Combine(root, "custodian");

    internal static string ReceiptKey(string root) => Path.Combine(root, "server", "receipt.key");

    internal static string Public(string root, string name) => Path.Combine(root, "public", name);

    // Below here: the folder of one process.
    internal static string KemKey(string folder) => Path.Combine(folder, "kem.key");

    internal static string SigningKey(string folder) => Path.Combine(folder, "signing.key");

    internal static string Log(string folder) => Path.Combine(folder, "log");

    internal static string State(string folder) => Path.Combine(folder, "state");
}
