// An S3 bucket as a store: the common contract against a real server, and what only S3 has.
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Configuration;
using Moderation.Features.Storage;
using Moderation.Tests;

[assembly: AssemblyFixture(typeof(S3Server))]

namespace Moderation.IntegrationTests.Storage;

public sealed class BlobBucketTests : BlobStoreContract, IDisposable
{
    private readonly BlobBucket _store;
    private readonly AmazonS3Client _client;
    private readonly string _prefix = $"t{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}/";

    public BlobBucketTests(S3Server server)
    {
        var settings = server
            .Settings(_prefix)
            .Append(("Storage:S3:PartLength", $"{5 * 1024 * 1024}"))
            .ToDictionary(s => s.Item1, s => (string?)s.Item2);
        var (options, client) = S3Options
            .Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .ShouldNotBeNull();
        (_store, _client) = (new BlobBucket(client, options), client);
    }

    protected override IBlobStore Store => _store;

    [Fact]
    public async Task What_broke_off_uploads_left_behind_goes_when_it_is_old()
    {
        var ct = TestContext.Current.CancellationToken;
        var left = $"{_prefix}incoming/left";
        var request = new PutObjectRequest
        {
            BucketName = S3Server.Bucket,
            Key = left,
            ContentBody = "x",
            UseChunkEncoding = false,
        };
        await _client.PutObjectAsync(request, ct);
        var now = TimeProvider.System.GetUtcNow();

        await _store.SweepAsync(now.AddHours(-1), ct);
        (await KeysAsync(ct)).ShouldContain(left);

        await _store.SweepAsync(now.AddHours(1), ct);
        (await KeysAsync(ct)).ShouldNotContain(left);
    }

    [Fact]
    public async Task Nothing_stays_under_a_temporary_name()
    {
        var ct = TestContext.Current.CancellationToken;
        var (bytes, hash) = Blob(65_536);
        byte[] altered = [.. bytes];
        altered[5] ^= 4;

        await StoreAsync(hash, altered);
        await StoreAsync(hash, bytes);

        (await KeysAsync(ct)).ShouldHaveSingleItem().ShouldEndWith(Convert.ToHexStringLower(hash));
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_told_to_readiness()
    {
        using var gone = new BlobBucket(
            new AmazonS3Client(
                new Amazon.Runtime.BasicAWSCredentials("S3RVER", "S3RVER"),
                new AmazonS3Config { ServiceURL = _client.Config.ServiceURL, ForcePathStyle = true }
            ),
            new S3Options("no-such-bucket", "", 5 * 1024 * 1024, IsPlainHttp: true)
        );

        (await gone.FindTroubleAsync(TestContext.Current.CancellationToken)).ShouldBe("missing");
    }

    public void Dispose() => _store.Dispose();

    private async Task<List<string>> KeysAsync(CancellationToken ct)
    {
        var request = new ListObjectsV2Request { BucketName = S3Server.Bucket, Prefix = _prefix };
        return [.. ((await _client.ListObjectsV2Async(request, ct)).S3Objects ?? []).Select(o => o.Key)];
    }
}
