// Puts the two long-running processes together and lets them run until they are told to stop.
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Moderation.Evidence.Opening;
using Moderation.Vault.Ceremony;
using Moderation.Vault.Registries;
using Moderation.Vault.Sockets;
using Moderation.Vault.Storage;
using Moderation.Vault.Tokens;

namespace Moderation.Vault.Opening;

internal static class Processes
{
    internal static async Task<int> VaultAsync(string folder, string socket, string custodianSocket)
    {
        Close();
        using var alone = Alone(folder);
        var log = new RequestLog(Console.Out, TimeProvider.System);
        var registry = new LiveRegistry(folder);
        _ = registry.Now; // a broken registry shows at the start, not at the first request
        using var keys = new VaultKeys(
            new KeyShelf(folder, () => registry.Now, NoToken),
            KeyCeremony.ReadSigner(FolderLayout.SigningKey(folder))
        );
        var spent = new SpentReleases(FolderLayout.State(folder));
        var storage = new VaultStorage(
            new OpeningLog(FolderLayout.Log(folder), spent.AnsweredRequests),
            spent,
            new VerifiedBundles(FolderLayout.State(folder)),
            new DestroyedBundles(FolderLayout.State(folder))
        );
        using var desk = new VaultDesk(
            registry,
            keys,
            storage,
            new CustodianLink(custodianSocket),
            log,
            TimeProvider.System
        );
        await RunAsync(new SocketDoor(socket, () => registry.Now.Peers, desk.ServeAsync, log));
        return 0;
    }

    internal static async Task<int> CustodianAsync(string folder, string socket, string? pinFile)
    {
        Close();
        using var alone = Alone(folder);
        var log = new RequestLog(Console.Out, TimeProvider.System);
        var registry = new LiveRegistry(folder);
        _ = registry.Now;
        // One PIN for every key of the token; it is read once, before the first request.
        var pin = new Lazy<string>(() => TokenSession.ReadPin(pinFile));
        using var keys = new KeyShelf(folder, () => registry.Now, path => new TokenKey(path, pin.Value));
        var spent = new SpentReleases(FolderLayout.State(folder));
        using var desk = new CustodianDesk(
            registry,
            keys,
            new OpeningLog(FolderLayout.Log(folder), spent.AnsweredRequests),
            spent,
            log,
            TimeProvider.System
        );
        await RunAsync(new SocketDoor(socket, () => registry.Now.Peers, desk.ServeAsync, log));
        return 0;
    }

    private static IRecipientKey NoToken(string path) =>
        throw new InvalidDataException($"{path}: the vault's key lies in a file; a token holds the custodian's.");

    /// <summary>Everything that must hold before a key is read.</summary>
    private static void Close()
    {
        ClosedRuntime.Enter();
        Hardening.Apply();
        NoNetwork.Apply();
        if (!Hardening.LockMemory())
            Console.Error.WriteLine(
                "memory-not-locked: pages other than the private keys may reach swap; give CAP_IPC_LOCK or raise `ulimit -l`"
            );
    }

    /// <summary>Says what this host lets the two processes have, without a key and without a socket.</summary>
    internal static int CheckHost(TextWriter output)
    {
        ClosedRuntime.Enter();
        Hardening.Apply();
        NoNetwork.Apply();
        var locked = Hardening.LockMemory();
        output.WriteLine(
            new JsonObject
            {
                ["ok"] = true,
                ["user"] = Hardening.OwnUser,
                ["dumpable"] = Hardening.Dumpable,
                ["memory_locked"] = locked,
                ["unix_socket"] = NoNetwork.CanMakeSocket(1),
                ["ipv4_socket"] = NoNetwork.CanMakeSocket(2),
                ["ipv6_socket"] = NoNetwork.CanMakeSocket(10),
                ["netlink_socket"] = NoNetwork.CanMakeSocket(16),
            }.ToJsonString()
        );
        return 0;
    }

    private static async Task RunAsync(SocketDoor door)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await door.RunAsync(stop.Token);

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true; // the process ends when its requests have
            stop.Cancel();
        }
    }

    // Two processes over one folder would each count releases for themselves.
    private static FileStream Alone(string folder) =>
        new(Path.Combine(FolderLayout.State(folder), "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
}
