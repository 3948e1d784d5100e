// The store of sealed bytes behind a real HTTP endpoint, beside the same endpoint without the write and beside the disk itself.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moderation.Evidence;
using Moderation.Features.Storage;

namespace Moderation.Benchmarks;

/// <summary>`PUT /s/{hash}` verifies a signature of the hash by the device and takes the body into the store, as intake does,
/// without the database, which would only make the ratio kinder. Bounded: about a minute, loopback only.</summary>
internal static class StorageBench
{
    private const int Small = 65_536;
    private const int SmallCount = 2_000;
    private const int Connections = 64;
    private const int Segment = 4 * 1024 * 1024;
    private const int Segments = 40;
    private const int Rounds = 3;

    public static async Task<int> RunAsync()
    {
        var folder = Directory
            .CreateDirectory(Path.Combine(Environment.CurrentDirectory, "artifacts", "bench"))
            .FullName;
        var blobs = Path.Combine(folder, $"blobs-{Environment.ProcessId}");
        Console.WriteLine(
            $"{Environment.ProcessorCount} cores, load {(await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0]}"
        );
        try
        {
            using var device = CoseSigner.Generate();
            using var store = new BlobFolder(blobs);
            await using var real = await StartAsync(store, device);
            await using var stub = await StartAsync(new NoWrite(), device);
            using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 100 });
            // First, while nothing else has grown this process.
            await ManyAsync(http, real, device);
            Grow(blobs);
            await SmallAsync(http, real, stub, device, folder);
            await LargeAsync(http, real, stub, device, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    private static async Task SmallAsync(
        HttpClient http,
        WebApplication real,
        WebApplication stub,
        CoseSigner device,
        string folder
    )
    {
        double best = 0,
            bestStub = 0,
            bestDisk = 0;
        // Taking turns, since the machine is shared.
        for (var round = 0; round <= Rounds; round++)
        {
            var (a, b) = (await RateAsync(stub), await RateAsync(real));
            var disk = AppendRate(Path.Combine(folder, $"append-{round}"));
            if (round > 0)
                (bestStub, best, bestDisk) = (Math.Max(bestStub, a), Math.Max(best, b), Math.Max(bestDisk, disk));
        }
        Say("the same bytes appended to one file, 64 a flush, nothing else", $"{bestDisk:F0} a second");
        Say("64 KiB signed, 64 connections, without the write", $"{bestStub:F0} a second");
        Say(
            "64 KiB signed, 64 connections, durable",
            $"{best:F0} a second, {best / bestStub:P0} (goal 80 %), {best / bestDisk:P0} of what the disk takes"
        );

        async Task<double> RateAsync(WebApplication app)
        {
            var bodies = Enumerable.Range(0, SmallCount).Select(_ => Make(Small, device)).ToList();
            var began = Stopwatch.GetTimestamp();
            await Parallel.ForEachAsync(
                bodies,
                new ParallelOptions { MaxDegreeOfParallelism = Connections },
                async (body, ct) => await PutAsync(http, app, body, ct)
            );
            return SmallCount / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    private static async Task LargeAsync(
        HttpClient http,
        WebApplication real,
        WebApplication stub,
        CoseSigner device,
        string folder
    )
    {
        double sum = 0,
            copy = 0,
            sink = 0,
            plain = 0,
            resumed = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var bodies = Enumerable.Range(0, Segments).Select(_ => Make(Segment, device)).ToList();
            sum = Math.Max(sum, Rate(() => bodies.ForEach(b => SHA256.HashData(b.Bytes))));
            copy = Math.Max(copy, Rate(() => Copy(bodies, Path.Combine(folder, $"copy-{round}"))));
            sink = Math.Max(sink, await RateAsync(() => AllAsync(stub, bodies)));
            plain = Math.Max(plain, await RateAsync(() => AllAsync(real, bodies)));
            var others = Enumerable.Range(0, Segments).Select(_ => Make(Segment, device)).ToList();
            resumed = Math.Max(resumed, await RateAsync(() => ResumedAsync(others)));
        }
        var limit = Math.Min(sum, Math.Min(copy, sink));
        Say("SHA-256 of 160 MiB", $"{sum:F0} MB/s");
        // Into a new file each time, as evidence is: a disk that is given to a machine bit by bit takes blocks it has had before
        // several times as fast.
        Say("copy with fsync into a new file", $"{copy:F0} MB/s");
        Say("the same endpoint, hashing but not writing (sink)", $"{sink:F0} MB/s");
        Say(
            "160 MiB in, 4 segments at once, durable",
            $"{plain:F0} MB/s, {plain / limit:P0} of the slowest limit (goal 80 %)"
        );
        Say(
            "the same, broken off in the middle and gone on with",
            $"{resumed:F0} MB/s, {resumed / plain:P0} (goal 95 %)"
        );

        Task AllAsync(WebApplication app, IEnumerable<Body> bodies) =>
            Parallel.ForEachAsync(
                bodies,
                new ParallelOptions { MaxDegreeOfParallelism = 4 },
                async (body, ct) => await PutAsync(http, app, body, ct)
            );

        async Task ResumedAsync(List<Body> bodies)
        {
            await AllAsync(real, bodies[..(Segments / 2)]);
            using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(2));
            try
            {
                await PutAsync(http, real, bodies[Segments / 2], gone.Token);
            }
            catch (OperationCanceledException)
            {
                // The break; what is missing is sent now.
            }
            await AllAsync(real, bodies[(Segments / 2)..]);
        }
    }

    private static async Task ManyAsync(HttpClient http, WebApplication real, CoseSigner device)
    {
        // One body for all clients, so that what is measured is the server and not the load.
        var shared = Make(Segment, device);
        GC.Collect();
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var before = await PeakAsync();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => PutAsync(http, real, shared, CancellationToken.None)));
        Say(
            "peak memory with a hundred uploads of 4 MiB, load generator included",
            $"{await PeakAsync():F0} MB, {before:F0} MB before (goal 200 MB)"
        );
    }

    private sealed record Body(byte[] Bytes, string Hash, string Signature);

    private static Body Make(int length, CoseSigner device)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        var hash = SHA256.HashData(bytes);
        return new Body(
            bytes,
            Convert.ToHexString(hash),
            Convert.ToHexString(CoseSign1.Sign(device, Type, Label, hash))
        );
    }

    private const string Type = "application/octet-stream";
    private const string Label = "bench";

    private static async Task PutAsync(HttpClient http, WebApplication app, Body body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{AddressOf(app)}/s/{body.Hash}")
        {
            Content = new ByteArrayContent(body.Bytes) { Headers = { ContentType = new MediaTypeHeaderValue(Type) } },
        };
        request.Headers.Add("X-Signature", body.Signature);
        using var answer = await http.SendAsync(request, ct);
        if ((int)answer.StatusCode != 204)
            throw new InvalidOperationException($"The endpoint answered {(int)answer.StatusCode}.");
    }

    private static string AddressOf(WebApplication app) =>
        app
            .Services.GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.Single();

    private static async Task<WebApplication> StartAsync(IBlobStore store, CoseSigner device)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPut(
            "/s/{hash}",
            async (string hash, HttpContext context) =>
            {
                var digest = Convert.FromHexString(hash);
                var signed = CoseSign1.Parse(
                    Convert.FromHexString(context.Request.Headers["X-Signature"].ToString()),
                    Type
                );
                var isRight =
                    signed is not null
                    && signed.Verify(device.PublicKey, Label)
                    && signed.Payload.Span.SequenceEqual(digest)
                    && await store.StoreAsync(
                        digest,
                        context.Request.ContentLength ?? -1,
                        context.Request.Body,
                        context.RequestAborted
                    );
                return isRight ? Results.NoContent() : Results.BadRequest();
            }
        );
        await app.StartAsync();
        return app;
    }

    // As a store is after its first hundred thousand blobs: a new one pays for a folder with nearly each blob.
    private static void Grow(string blobs)
    {
        for (var i = 0; i < 65_536; i++)
            Directory.CreateDirectory(Path.Combine(blobs, $"{i >> 8:x2}", $"{i & 255:x2}"));
    }

    private static void Copy(List<Body> bodies, string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        foreach (var body in bodies)
            file.Write(body.Bytes);
        file.Flush(flushToDisk: true);
    }

    // What the best store of small blobs could do on this disk, if all the rest cost nothing.
    private static double AppendRate(string path)
    {
        var group = RandomNumberGenerator.GetBytes(Connections * Small);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var began = Stopwatch.GetTimestamp();
        for (var done = 0; done < SmallCount; done += Connections)
        {
            file.Write(group);
            file.Flush(flushToDisk: true);
        }
        return SmallCount / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Rate(Action act)
    {
        var began = Stopwatch.GetTimestamp();
        act();
        return (double)Segment * Segments / 1e6 / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<double> RateAsync(Func<Task> act)
    {
        var began = Stopwatch.GetTimestamp();
        await act();
        return (double)Segment * Segments / 1e6 / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<double> PeakAsync()
    {
        var line = (await File.ReadAllLinesAsync("/proc/self/status")).Single(l =>
            l.StartsWith("VmHWM:", StringComparison.Ordinal)
        );
        return double.Parse(
                line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            ) / 1024;
    }

    private static void Say(string what, string figure) => Console.WriteLine($"{what}: {figure}");

    /// <summary>Reads and hashes like the real one and writes nothing: the limit, not a store.</summary>
    private sealed class NoWrite : IBlobStore
    {
        public async Task<bool> StoreAsync(byte[] hash, long length, Stream body, CancellationToken ct)
        {
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var block = new byte[131_072];
            int read;
            while ((read = await body.ReadAsync(block, ct)) > 0)
                sum.AppendData(block, 0, read);
            return sum.GetHashAndReset().AsSpan().SequenceEqual(hash);
        }

        public Task<Stream> OpenReadAsync(byte[] hash, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> ExistsAsync(byte[] hash, CancellationToken ct) => throw new NotSupportedException();

        public Task DeleteAsync(byte[] hash, CancellationToken ct) => throw new NotSupportedException();

        public async IAsyncEnumerable<StoredBlob> ListAsync(
            byte[]? after,
            [EnumeratorCancellation] CancellationToken ct
        )
        {
            await Task.CompletedTask;
            yield break;
        }

        public Task SweepAsync(DateTimeOffset before, CancellationToken ct) => Task.CompletedTask;

        public Task<string?> FindTroubleAsync(CancellationToken ct) => Task.FromResult<string?>(null);
    }
}
