// What every place for sealed bytes must do, run over the local folder and over a real S3 server alike.
using System.Security.Cryptography;
using Moderation.Features.Storage;

namespace Moderation.IntegrationTests.Storage;

public abstract class BlobStoreContract
{
    protected abstract IBlobStore Store { get; }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(131_072)]
    [InlineData(4_198_472)]
    [InlineData(12_000_001)]
    public async Task What_was_stored_is_read_back(int length)
    {
        var (bytes, hash) = Blob(length);

        (await StoreAsync(hash, bytes)).ShouldBeTrue();

        (await ReadAsync(hash)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        (await Store.ExistsAsync(hash, Ct)).ShouldBeTrue();
        (await AllAsync()).Single(b => b.Hash.AsSpan().SequenceEqual(hash)).Length.ShouldBe(length);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(12_000_001)]
    public async Task Bytes_with_another_hash_become_visible_under_no_name(int length)
    {
        var (bytes, hash) = Blob(length);
        byte[] altered = [.. bytes];
        altered[^1] ^= 1;

        (await StoreAsync(hash, altered)).ShouldBeFalse();

        (await Store.ExistsAsync(hash, Ct)).ShouldBeFalse();
        (await Store.ExistsAsync(SHA256.HashData(altered), Ct)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_body_of_another_length_is_not_stored(int more)
    {
        var (bytes, hash) = Blob(70_000);
        using var body = new MemoryStream(bytes);

        (await Store.StoreAsync(hash, bytes.Length + more, body, Ct)).ShouldBeFalse();

        (await Store.ExistsAsync(hash, Ct)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(65_536)]
    [InlineData(2_000_000)]
    public async Task The_same_bytes_ten_times_at_once_lie_there_once(int length)
    {
        var (bytes, hash) = Blob(length);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StoreAsync(hash, bytes)));

        answers.ShouldAllBe(stored => stored);
        (await AllAsync()).Count(b => b.Hash.AsSpan().SequenceEqual(hash)).ShouldBe(1);
        (await ReadAsync(hash)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Wrong_bytes_for_a_hash_that_is_there_are_refused_and_harm_nothing()
    {
        var (bytes, hash) = Blob(50_000);
        await StoreAsync(hash, bytes);
        byte[] altered = [.. bytes];
        altered[0] ^= 1;

        (await StoreAsync(hash, altered)).ShouldBeFalse();

        (await ReadAsync(hash)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task Sixty_small_bodies_at_once_are_all_there()
    {
        var blobs = Enumerable.Range(0, 60).Select(_ => Blob(65_536)).ToList();

        var answers = await Task.WhenAll(blobs.Select(b => StoreAsync(b.Hash, b.Bytes)));

        answers.ShouldAllBe(stored => stored);
        foreach (var (bytes, hash) in blobs)
            (await ReadAsync(hash)).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public async Task A_deleted_blob_is_missing_and_deleting_it_again_is_no_fault()
    {
        var (bytes, hash) = Blob(1_000);
        await StoreAsync(hash, bytes);

        await Store.DeleteAsync(hash, Ct);
        await Store.DeleteAsync(hash, Ct);

        (await Store.ExistsAsync(hash, Ct)).ShouldBeFalse();
        await Should.ThrowAsync<BlobMissingException>(() => Store.OpenReadAsync(hash, Ct));
    }

    [Fact]
    public async Task The_list_is_in_order_and_goes_on_behind_any_blob()
    {
        foreach (var (bytes, hash) in Enumerable.Range(0, 7).Select(_ => Blob(10)))
            await StoreAsync(hash, bytes);
        var all = (await AllAsync()).Select(b => Convert.ToHexStringLower(b.Hash)).ToList();
        all.Count.ShouldBeGreaterThanOrEqualTo(7);
        all.ShouldBe(all.Order(StringComparer.Ordinal));

        var rest = (await AllAsync(Convert.FromHexString(all[3]))).Select(b => Convert.ToHexStringLower(b.Hash));

        rest.ShouldBe(all[4..]);
    }

    [Theory]
    [InlineData(300_000)]
    [InlineData(12_000_001)]
    public async Task A_body_that_breaks_off_leaves_nothing(int length)
    {
        var (bytes, hash) = Blob(length);
        using var body = new BrokenBody(bytes, length / 2);

        await Should.ThrowAsync<Exception>(() => Store.StoreAsync(hash, length, body, Ct));

        (await Store.ExistsAsync(hash, Ct)).ShouldBeFalse();
        (await StoreAsync(hash, bytes)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_store_that_works_has_no_trouble()
    {
        var (bytes, hash) = Blob(10);
        await StoreAsync(hash, bytes);

        (await Store.FindTroubleAsync(Ct)).ShouldBeNull();
    }

    protected static (byte[] Bytes, byte[] Hash) Blob(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        return (bytes, SHA256.HashData(bytes));
    }

    protected async Task<bool> StoreAsync(byte[] hash, byte[] bytes)
    {
        using var body = new MemoryStream(bytes);
        return await Store.StoreAsync(hash, bytes.Length, body, Ct);
    }

    protected async Task<byte[]> ReadAsync(byte[] hash)
    {
        await using var stream = await Store.OpenReadAsync(hash, Ct);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, Ct);
        return all.ToArray();
    }

    private async Task<List<StoredBlob>> AllAsync(byte[]? after = null)
    {
        List<StoredBlob> all = [];
        await foreach (var blob in Store.ListAsync(after, Ct))
            all.Add(blob);
        return all;
    }

    /// <summary>A client whose connection is gone after so many bytes.</summary>
    private sealed class BrokenBody(byte[] bytes, int until) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var left = until - (int)Position;
            return left > 0
                ? base.ReadAsync(buffer[..Math.Min(buffer.Length, left)], cancellationToken)
                : ValueTask.FromException<int>(new IOException("The client is gone."));
        }
    }
}
