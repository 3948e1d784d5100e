// The local folder as a store: the common contract, and what only files can suffer.
using System.Diagnostics;
using Moderation.Features.Storage;

namespace Moderation.IntegrationTests.Storage;

public sealed class BlobFolderTests : BlobStoreContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moderation-blobs-").FullName;
    private readonly BlobFolder _store;

    public BlobFolderTests() => _store = new BlobFolder(_folder);

    protected override IBlobStore Store => _store;

    [Fact]
    public async Task A_half_written_file_under_the_right_name_is_replaced()
    {
        var (bytes, hash) = Blob(65_536);
        var path = PathOf(hash);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllBytesAsync(path, new byte[65_536], TestContext.Current.CancellationToken);

        (await StoreAsync(hash, bytes)).ShouldBeTrue();

        (await ReadAsync(hash)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_stays_under_a_temporary_name_and_others_cannot_read_what_is_stored()
    {
        var (bytes, hash) = Blob(65_536);
        byte[] altered = [.. bytes];
        altered[5] ^= 4;

        await StoreAsync(hash, altered);
        await StoreAsync(hash, bytes);

        Directory.GetFiles(Path.Combine(_folder, "incoming")).ShouldBeEmpty();
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(PathOf(hash)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task The_first_uploads_of_all_may_come_side_by_side()
    {
        // Each into a folder where nothing is yet: the one that comes second must not be told that a file is missing.
        for (var round = 0; round < 60; round++)
        {
            using var store = new BlobFolder(Path.Combine(_folder, $"new-{round}"));
            using var start = new Barrier(4);
            var stored = await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(_ =>
                        Task.Factory.StartNew(
                                () =>
                                {
                                    var (bytes, hash) = Blob(10);
                                    start.SignalAndWait();
                                    return store.StoreAsync(
                                        hash,
                                        bytes.Length,
                                        new MemoryStream(bytes),
                                        TestContext.Current.CancellationToken
                                    );
                                },
                                TestContext.Current.CancellationToken,
                                TaskCreationOptions.LongRunning,
                                TaskScheduler.Default
                            )
                            .Unwrap()
                    )
            );
            stored.ShouldAllBe(s => s);
        }
    }

    [Fact]
    public async Task The_sweep_takes_old_temporary_files_and_no_young_ones()
    {
        var (bytes, hash) = Blob(10);
        await StoreAsync(hash, bytes);
        var old = Path.Combine(_folder, "incoming", "old");
        var young = Path.Combine(_folder, "incoming", "young");
        await File.WriteAllTextAsync(old, "x", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(young, "x", TestContext.Current.CancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        File.SetLastWriteTimeUtc(old, now.AddDays(-2).UtcDateTime);

        await Store.SweepAsync(now.AddDays(-1), TestContext.Current.CancellationToken);

        File.Exists(old).ShouldBeFalse();
        File.Exists(young).ShouldBeTrue();
    }

    [Fact]
    public async Task A_full_disk_is_said_and_leaves_nothing_and_what_was_stored_before_stays()
    {
        // A small file system of its own. Mounting takes root; without it this test cannot run, and says so by failing.
        var disk = Path.Combine(_folder, "disk");
        Directory.CreateDirectory(disk);
        (await RunAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk)).ShouldBe(
            0,
            "a tmpfs could not be mounted: run the suite as root"
        );
        try
        {
            using var store = new BlobFolder(disk);
            var (kept, keptHash) = Blob(300_000);
            var (large, largeHash) = Blob(1_500_000);
            using var keptBody = new MemoryStream(kept);
            using var largeBody = new MemoryStream(large);
            var ct = TestContext.Current.CancellationToken;
            (await store.StoreAsync(keptHash, kept.Length, keptBody, ct)).ShouldBeTrue();

            await Should.ThrowAsync<BlobStoreFullException>(() =>
                store.StoreAsync(largeHash, large.Length, largeBody, ct)
            );

            (await store.ExistsAsync(largeHash, ct)).ShouldBeFalse();
            Directory.GetFiles(Path.Combine(disk, "incoming")).ShouldBeEmpty();
            (await store.ExistsAsync(keptHash, ct)).ShouldBeTrue();
            (await store.FindTroubleAsync(ct)).ShouldBe("full");
        }
        finally
        {
            await RunAsync("umount", disk);
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string PathOf(byte[] hash)
    {
        var name = Convert.ToHexStringLower(hash);
        return Path.Combine(_folder, name[..2], name[2..4], name);
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
