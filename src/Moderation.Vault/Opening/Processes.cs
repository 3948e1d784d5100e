// Puts the two long-running processes together and lets them run until they are told to stop.
using System.Runtime.InteropServices;
using Moderation.Vault.Ceremony;
using Moderation.Vault.Registries;
using Moderation.Vault.Sockets;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Opening;

internal static class Processes
{
    internal static async Task<int> VaultAsync(string folder, string socket, string custodianSocket)
    {
        ClosedRuntime.Enter();
        Hardening.Apply();
        using var alone = Alone(folder);
        var log = new RequestLog(Console.Out, TimeProvider.System);
        var registry = new LiveRegistry(folder);
        _ = registry.Now; // a broken registry shows at the start, not at the first request
        using var keys = new VaultKeys(
            KeyCeremony.ReadKems(folder),
            KeyCeremony.ReadSigner(FolderLayout.SigningKey(folder))
        );
        var spent = new SpentReleases(FolderLayout.State(folder));
        var storage = new VaultStorage(
            new OpeningLog(FolderLayout.Log(folder), spent.AnsweredRequests),
            spent,
            new VerifiedBundles(FolderLayout.State(folder))
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

    internal static async Task<int> CustodianAsync(string folder, string socket)
    {
        ClosedRuntime.Enter();
        Hardening.Apply();
        using var alone = Alone(folder);
        var log = new RequestLog(Console.Out, TimeProvider.System);
        var registry = new LiveRegistry(folder);
        _ = registry.Now;
        var keys = KeyCeremony.ReadKems(folder);
        try
        {
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
        }
        finally
        {
            foreach (var key in keys)
                key.Dispose();
        }
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
