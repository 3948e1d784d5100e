// The faults: each happens under load, lasts a moment, and leaves the installation as an operator would have it again.
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Moderation.FaultTests;

public sealed record Fault(string Name, Func<Installation, Random, Task> HappenAsync)
{
    /// <param name="installation">Says which faults this machine allows; see <see cref="Left"/>.</param>
    /// <param name="careless">The client of the uploads with bad manners.</param>
    public static IReadOnlyList<Fault> Of(Installation installation, Reporter careless)
    {
        List<Fault> faults =
        [
            new("kill-api", (i, r) => KillAsync(i, r, Installation.Api)),
            new("kill-worker", (i, r) => KillAsync(i, r, Installation.Worker)),
            new("kill-vault", (i, r) => KillAsync(i, r, Installation.Vault, Installation.Custodian)),
            new("kill-postgres", (i, r) => KillAsync(i, r, Installation.Postgres)),
            new("kill-all", (i, r) => KillAsync(i, r, Installation.Api, Installation.Postgres, Installation.Worker)),
            new("restart-postgres", RestartPostgresAsync),
            new("stop-api", (i, r) => FreezeAsync(i, r, Installation.Api)),
            new("stop-postgres", (i, r) => FreezeAsync(i, r, Installation.Postgres)),
            new("drain-api", DrainAsync),
            new("broken-uploads", (i, r) => Task.WhenAll(StrayUploadsAsync(i, r), careless.BreakUploadsAsync())),
        ];
        if (installation.BlobsAreSmall)
            faults.Add(new Fault("disk-full", DiskFullAsync));
        if (installation.ClockMayJump)
            faults.Add(new Fault("clock-jump", ClockJumpAsync));
        return faults;
    }

    /// <summary>What this machine does not allow, and why.</summary>
    public static IEnumerable<string> Left(Installation installation)
    {
        if (!installation.BlobsAreSmall)
            yield return "disk-full: only root may mount a small file system";
        if (!installation.ClockMayJump)
            yield return "clock-jump: there is no C compiler (package 'gcc')";
    }

    private static async Task KillAsync(Installation installation, Random random, params string[] names)
    {
        foreach (var name in names)
        {
            await installation.KillAsync(name);
            await Task.Delay(random.Next(0, 100));
        }
        if (names.Contains(Installation.Postgres) && !names.Contains(Installation.Api))
            await SaysNotReadyAsync(installation);
        await Task.Delay(random.Next(0, 300));
        await installation.ReviveAsync();
    }

    private static async Task RestartPostgresAsync(Installation installation, Random random)
    {
        // The fast shutdown that an upgrade of the package makes.
        installation.Signal(Installation.Postgres, "INT");
        await Task.Delay(random.Next(500, 1500));
        await installation.ReviveAsync();
    }

    private static async Task FreezeAsync(Installation installation, Random random, string name)
    {
        installation.Signal(name, "STOP");
        await Task.Delay(random.Next(300, 2500));
        installation.Signal(name, "CONT");
    }

    private static async Task DrainAsync(Installation installation, Random random)
    {
        installation.Signal(Installation.Api, "TERM");
        await Task.Delay(random.Next(200, 1000));
        await installation.KillAsync(Installation.Api);
        await installation.ReviveAsync();
    }

    private static async Task DiskFullAsync(Installation installation, Random random)
    {
        using var full = installation.FillDisk();
        await Task.Delay(random.Next(500, 2000));
    }

    private static async Task ClockJumpAsync(Installation installation, Random random)
    {
        installation.SetClock(TimeSpan.FromMinutes(random.Next(-240, 240)));
        await Task.Delay(random.Next(500, 2000));
        installation.SetClock(TimeSpan.Zero);
        await Task.Delay(random.Next(0, 500));
    }

    // Half a head, half a body, one byte at a time, and gone without a word; nobody in particular.
    private static async Task StrayUploadsAsync(Installation installation, Random random)
    {
        var uploads = Enumerable
            .Range(0, 20)
            .Select(async _ =>
            {
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, installation.Address.Port);
                    var stream = client.GetStream();
                    var head = Encoding.ASCII.GetBytes(
                        "POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.evb1\r\nContent-Length: 5000\r\n\r\n"
                    );
                    await stream.WriteAsync(head.AsMemory(0, random.Next(1, head.Length + 1)));
                    for (var i = random.Next(30); i > 0; i--)
                    {
                        await stream.WriteAsync(new byte[1]);
                        await Task.Delay(20);
                    }
                    if (random.Next(2) == 0)
                        client.Client.Shutdown(SocketShutdown.Send);
                    await Task.Delay(200);
                    client.Client.LingerState = new LingerOption(true, 0);
                }
                catch (Exception fault) when (fault is IOException or SocketException)
                {
                    // The server hung up first: its right.
                }
            });
        await Task.WhenAll(uploads);
    }

    private static async Task SaysNotReadyAsync(Installation installation)
    {
        if (await installation.ReadinessAsync() == HttpStatusCode.OK)
            throw new Violation("/readyz says ready while PostgreSQL is dead");
    }
}
