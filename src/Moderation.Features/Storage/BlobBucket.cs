// Keeps sealed bytes in an S3 bucket: streamed up while hashed, never whole in memory, never there under a wrong hash.
using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Moderation.Features.Storage;

/// <summary>Keys are `PREFIX blobs/ab/cd/abcd…`, as in the local folder. The store's own promise of durability is ours.</summary>
public sealed class BlobBucket(IAmazonS3 s3, S3Options options) : IBlobStore, IDisposable
{
    // Parts are held in memory so that a part can be sent again; this many bodies of more than one part go up at once.
    private const int PartsAtOnce = 4;
    private const int CopyTries = 3;
    private const string Folder = "blobs/";
    private const string Incoming = "incoming/";
    private const string ContentType = "application/octet-stream";
    private static readonly TimeSpan SignedFor = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _parts = new(PartsAtOnce);
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), UseProxy = false }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<bool> StoreAsync(byte[] hash, long length, Stream body, CancellationToken ct)
    {
        using var checking = new CheckedBody(body, hash, length);
        if (await LengthAsync(hash, ct) == length)
            return await checking.DrainAsync(ct);
        try
        {
            if (length > options.PartLength)
                await PutPartsAsync(hash, length, checking, ct);
            else
                await PutAsync(hash, length, checking, ct);
            return checking.IsRight;
        }
        catch (AmazonS3Exception other)
            when (other.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict)
        {
            // Another upload of the same bytes was first; ours are checked all the same.
            return await checking.DrainAsync(ct) && await ExistsAsync(hash, ct);
        }
        catch (Exception) when (checking.IsWrong)
        {
            return false; // we broke off ourselves, before the last byte
        }
    }

    public async Task<Stream> OpenReadAsync(byte[] hash, CancellationToken ct)
    {
        try
        {
            return (await s3.GetObjectAsync(options.Bucket, KeyOf(hash), ct)).ResponseStream;
        }
        catch (AmazonS3Exception gone) when (gone.StatusCode == HttpStatusCode.NotFound)
        {
            throw new BlobMissingException(hash, gone);
        }
    }

    public async Task<bool> ExistsAsync(byte[] hash, CancellationToken ct) => await LengthAsync(hash, ct) is not null;

    public Task DeleteAsync(byte[] hash, CancellationToken ct) => s3.DeleteObjectAsync(options.Bucket, KeyOf(hash), ct);

    public async IAsyncEnumerable<StoredBlob> ListAsync(byte[]? after, [EnumeratorCancellation] CancellationToken ct)
    {
        var request = new ListObjectsV2Request
        {
            BucketName = options.Bucket,
            Prefix = options.Prefix + Folder,
            StartAfter = after is null ? null : KeyOf(after),
        };
        ListObjectsV2Response page;
        do
        {
            page = await s3.ListObjectsV2Async(request, ct);
            foreach (var found in page.S3Objects ?? [])
                if (found.Key[(found.Key.LastIndexOf('/') + 1)..] is { Length: 64 } name)
                    yield return new StoredBlob(
                        Convert.FromHexString(name),
                        found.Size ?? 0,
                        found.LastModified is { } at ? new DateTimeOffset(at.ToUniversalTime()) : default
                    );
            request.ContinuationToken = page.NextContinuationToken;
        } while (page.IsTruncated == true);
    }

    /// <summary>Removes bodies that broke off and aborts uploads in parts that nobody finished; rules of the bucket may do both.</summary>
    public async Task SweepAsync(DateTimeOffset before, CancellationToken ct)
    {
        var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix + Incoming };
        foreach (var found in (await s3.ListObjectsV2Async(request, ct)).S3Objects ?? [])
            if (found.LastModified is { } at && at.ToUniversalTime() < before.UtcDateTime)
                await s3.DeleteObjectAsync(options.Bucket, found.Key, ct);
        try
        {
            await AbortPartsAsync(before, ct);
        }
        catch (AmazonS3Exception lacking) when (lacking.StatusCode == HttpStatusCode.NotImplemented)
        {
            // This server keeps no list of them; its own rules must end them.
        }
    }

    private async Task AbortPartsAsync(DateTimeOffset before, CancellationToken ct)
    {
        var request = new ListMultipartUploadsRequest { BucketName = options.Bucket, Prefix = options.Prefix + Folder };
        foreach (var upload in (await s3.ListMultipartUploadsAsync(request, ct)).MultipartUploads ?? [])
            if (upload.Initiated is { } at && at.ToUniversalTime() < before.UtcDateTime)
                await s3.AbortMultipartUploadAsync(options.Bucket, upload.Key, upload.UploadId, ct);
    }

    public async Task<string?> FindTroubleAsync(CancellationToken ct)
    {
        try
        {
            await s3.ListObjectsV2Async(
                new ListObjectsV2Request
                {
                    BucketName = options.Bucket,
                    Prefix = options.Prefix + Folder,
                    MaxKeys = 1,
                },
                ct
            );
            return null;
        }
        catch (AmazonS3Exception answer)
        {
            return answer.StatusCode == HttpStatusCode.NotFound ? "missing" : "refused";
        }
        catch (Exception fault) when (fault is HttpRequestException or Amazon.Runtime.AmazonClientException)
        {
            return "down";
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        s3.Dispose();
        _parts.Dispose();
    }

    // Under a name of its own first, then copied by the server: S3 takes no body that broke off or has another sum, but not
    // every server that speaks S3 is as strict, and nothing may lie under a hash that it has not. The SDK itself would read
    // the body twice or frame it in chunks, so it only signs the address (docs/storage.md).
    private async Task PutAsync(byte[] hash, long length, CheckedBody body, CancellationToken ct)
    {
        var staged = $"{options.Prefix}{Incoming}{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        try
        {
            await SendAsync(staged, hash, length, body, ct);
            if (body.IsRight)
                await PublishAsync(staged, hash, length, ct);
        }
        finally
        {
            await s3.DeleteObjectAsync(options.Bucket, staged, CancellationToken.None);
        }
    }

    // Several uploads of the same bytes may be here at once, and a server may refuse all but one of them.
    private async Task PublishAsync(string staged, byte[] hash, long length, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
            try
            {
                await CopyAsync(staged, KeyOf(hash), ct);
                return;
            }
            catch (IOException) when (tries < CopyTries)
            {
                if (await LengthAsync(hash, ct) == length)
                    return;
            }
    }

    private async Task SendAsync(string key, byte[] hash, long length, CheckedBody body, CancellationToken ct)
    {
        using var content = new StreamContent(body) { Headers = { ContentLength = length } };
        content.Headers.ContentType = new MediaTypeHeaderValue(ContentType);
        using var answer = await PutSignedAsync(
            key,
            ("x-amz-checksum-sha256", Convert.ToBase64String(hash)),
            content,
            ct
        );
    }

    // The SDK's own copy writes its source in a way that not every server reads.
    private async Task CopyAsync(string from, string to, CancellationToken ct)
    {
        using var answer = await PutSignedAsync(to, ("x-amz-copy-source", $"/{options.Bucket}/{from}"), null, ct);
        // A copy that failed half way is answered 200 with an error in its body.
        if (!(await answer.Content.ReadAsStringAsync(ct)).Contains("CopyObjectResult", StringComparison.Ordinal))
            throw new IOException("S3 did not copy a body.");
    }

    private async Task<HttpResponseMessage> PutSignedAsync(
        string key,
        (string Name, string Value) header,
        HttpContent? content,
        CancellationToken ct
    )
    {
        var signing = new GetPreSignedUrlRequest
        {
            BucketName = options.Bucket,
            Key = key,
            Verb = HttpVerb.PUT,
            Expires = TimeProvider.System.GetUtcNow().Add(SignedFor).UtcDateTime,
            Protocol = options.IsPlainHttp ? Protocol.HTTP : Protocol.HTTPS,
            ContentType = content is null ? null : ContentType,
        };
        signing.Headers[header.Name] = header.Value;
        using var put = new HttpRequestMessage(HttpMethod.Put, await s3.GetPreSignedURLAsync(signing));
        put.Headers.Add(header.Name, header.Value);
        put.Content = content;
        var answer = await _http.SendAsync(put, ct);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw answer.StatusCode == HttpStatusCode.InsufficientStorage
                ? new BlobStoreFullException(new IOException("S3 answered 507."))
                : new IOException($"S3 answered {(int)answer.StatusCode} to a PUT.");
    }

    private async Task PutPartsAsync(byte[] hash, long length, CheckedBody body, CancellationToken ct)
    {
        await _parts.WaitAsync(ct);
        var buffer = ArrayPool<byte>.Shared.Rent(options.PartLength);
        try
        {
            var upload = (await s3.InitiateMultipartUploadAsync(options.Bucket, KeyOf(hash), ct)).UploadId;
            try
            {
                List<PartETag> done = [];
                for (long sent = 0; sent < length; )
                {
                    var size = (int)Math.Min(options.PartLength, length - sent);
                    await body.ReadExactlyAsync(buffer.AsMemory(0, size), ct);
                    done.Add(await PutPartAsync(hash, upload, done.Count + 1, new MemoryStream(buffer, 0, size), ct));
                    sent += size;
                }
                await s3.CompleteMultipartUploadAsync(
                    new CompleteMultipartUploadRequest
                    {
                        BucketName = options.Bucket,
                        Key = KeyOf(hash),
                        UploadId = upload,
                        PartETags = done,
                        IfNoneMatch = "*",
                    },
                    ct
                );
            }
            catch
            {
                await s3.AbortMultipartUploadAsync(options.Bucket, KeyOf(hash), upload, CancellationToken.None);
                throw;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _parts.Release();
        }
    }

    private async Task<PartETag> PutPartAsync(
        byte[] hash,
        string upload,
        int number,
        MemoryStream part,
        CancellationToken ct
    )
    {
        var answer = await s3.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = options.Bucket,
                Key = KeyOf(hash),
                UploadId = upload,
                PartNumber = number,
                PartSize = part.Length,
                InputStream = part,
                UseChunkEncoding = false,
            },
            ct
        );
        return new PartETag(number, answer.ETag);
    }

    private async Task<long?> LengthAsync(byte[] hash, CancellationToken ct)
    {
        try
        {
            return (await s3.GetObjectMetadataAsync(options.Bucket, KeyOf(hash), ct)).ContentLength;
        }
        catch (AmazonS3Exception gone) when (gone.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private string KeyOf(byte[] hash)
    {
        var name = Convert.ToHexStringLower(hash);
        return $"{options.Prefix}{Folder}{name[..2]}/{name[2..4]}/{name}";
    }

    /// <summary>Reads a body once, hashes it, and never hands out the last bytes of one that is not what was announced.</summary>
    private sealed class CheckedBody(Stream body, byte[] expected, long length) : Stream
    {
        private readonly IncrementalHash _sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _read;

        public bool IsRight { get; private set; }
        public bool IsWrong { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => length;

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default)
        {
            if (buffer.IsEmpty || IsRight)
                return 0;
            var read = await body.ReadAsync(buffer, ct);
            _sum.AppendData(buffer.Span[..read]);
            _read += read;
            if (_read < length && read > 0)
                return read;
            IsRight =
                _read == length
                && _sum.GetHashAndReset().AsSpan().SequenceEqual(expected)
                && await body.ReadAsync(new byte[1], ct) == 0;
            IsWrong = !IsRight;
            return IsRight ? read : throw new InvalidDataException("The body is not what was announced.");
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken ct) =>
            ReadAsync(buffer.AsMemory(offset, count), ct).AsTask();

        public override int Read(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Bodies are read asynchronously.");

        /// <summary>Reads what is left and says whether the whole was right.</summary>
        public async Task<bool> DrainAsync(CancellationToken ct)
        {
            var block = ArrayPool<byte>.Shared.Rent(81_920);
            try
            {
                while (!IsWrong && await ReadAsync(block.AsMemory(), ct) > 0) { }
            }
            catch (InvalidDataException) when (IsWrong)
            {
                return false;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(block);
            }
            return IsRight;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _sum.Dispose();
            base.Dispose(disposing);
        }
    }
}
