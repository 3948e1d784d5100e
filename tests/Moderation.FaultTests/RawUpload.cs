// One segment sent over a socket of its own and in a bad manner: half and gone, half and half-closed, in drops, with a tail.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Moderation.FaultTests;

public enum Manner
{
    HalfThenReset,
    HalfThenHalfClosed,
    Dribbled,
    DribbledThenHalfClosed,
    WithTail,
}

public static class RawUpload
{
    private const int Drops = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>The status that was answered; null when the connection ended without one, which is anybody's right here.</returns>
    public static async Task<int?> SendAsync(Uri address, string token, string path, byte[] body, Manner manner)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, address.Port, limit.Token);
            var stream = client.GetStream();
            var head = Encoding.ASCII.GetBytes(
                $"PUT {path} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"
            );
            await stream.WriteAsync(head, limit.Token);
            if (manner is Manner.HalfThenReset or Manner.HalfThenHalfClosed)
                await stream.WriteAsync(body.AsMemory(0, body.Length / 2), limit.Token);
            else
                foreach (var drop in body.Chunk((body.Length / Drops) + 1))
                {
                    await stream.WriteAsync(drop, limit.Token);
                    await Task.Delay(10, limit.Token);
                }
            if (manner == Manner.WithTail)
                await stream.WriteAsync(new byte[100], limit.Token);
            if (manner == Manner.HalfThenReset)
            {
                client.Client.LingerState = new LingerOption(true, 0);
                return null;
            }
            if (manner is Manner.HalfThenHalfClosed or Manner.DribbledThenHalfClosed)
                client.Client.Shutdown(SocketShutdown.Send);
            using var answer = new StreamReader(stream, Encoding.ASCII);
            var line = await answer.ReadLineAsync(limit.Token);
            return line?.Split(' ') is [_, var status, ..]
                ? int.Parse(status, NumberStyles.None, CultureInfo.InvariantCulture)
                : null;
        }
        catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
        {
            // The server hung up first: its right.
            return null;
        }
    }
}
