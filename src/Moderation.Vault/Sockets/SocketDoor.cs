// The one way in: a Unix socket that lets listed users alone speak, one task a connection.
using System.Net.Sockets;

namespace Moderation.Vault.Sockets;

internal sealed class SocketDoor(
    string path,
    Func<IReadOnlyCollection<uint>> peers,
    Func<Stream, CancellationToken, Task> serve,
    RequestLog log
)
{
    private const int Connections = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    internal async Task RunAsync(CancellationToken ct)
    {
        using var listener = Listen();
        using var places = new SemaphoreSlim(Connections);
        log.Line("ready", ("socket", path));
        try
        {
            while (true)
            {
                await places.WaitAsync(ct);
                var socket = await listener.AcceptAsync(ct);
                _ = ServeAsync(socket, places, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Running requests see the same token; they get a moment to end before their keys are erased.
            for (var i = 0; i < Connections - 1; i++)
                if (!await places.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None))
                    break;
        }
        finally
        {
            File.Delete(path);
            log.Line("stopped");
        }
    }

    private Socket Listen()
    {
        if (File.Exists(path))
        {
            RefuseToReplaceLiving();
            File.Delete(path);
        }
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path)); // umask 077: the owner alone, from the first moment
        if (peers().Any(user => user != Hardening.OwnUser))
            File.SetUnixFileMode(
                path,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
            );
        listener.Listen(Connections);
        return listener;
    }

    private void RefuseToReplaceLiving()
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            return;
        }
        throw new IOException($"Another process listens on {path}.");
    }

    private async Task ServeAsync(Socket socket, SemaphoreSlim places, CancellationToken ct)
    {
        try
        {
            await Task.Yield();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Patience);
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            var peer = PeerCredentials.Of(socket);
            if (!peers().Contains(peer.User))
            {
                log.Line("peer-refused", ("uid", peer.User), ("pid", peer.Process));
                return;
            }
            await serve(stream, limit.Token);
        }
        catch (Exception fault)
        {
            // The end of the road for one connection; the process serves the next one. Type and place alone are
            // written: a message may quote what the peer sent.
            log.Line("connection-ended", ("fault", fault.GetType().Name), ("at", fault.TargetSite?.Name ?? "-"));
        }
        finally
        {
            socket.Dispose();
            places.Release();
        }
    }
}
