// A host's client under load: reports again and again, in any order, sometimes twice at once, and writes down every answer.
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;

namespace Moderation.FaultTests;

public sealed class Reporter(Installation installation, Platform platform, Book book, int seed) : IDisposable
{
    /// <summary>Stands in every plaintext; the data folder is searched for it.</summary>
    public static ReadOnlySpan<byte> Canary => "canary-of-the-fault-programme"u8;

    private const int ReportsPerDevice = 15;
    private static readonly JsonSerializerOptions WithoutNulls = new(Platform.Json)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Random _random = new(seed);
    private readonly HttpClient _http = new()
    {
        BaseAddress = installation.Address,
        Timeout = TimeSpan.FromSeconds(20),
    };
    private readonly byte[][] _people = [.. Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetBytes(16))];
    private readonly string _name = RandomNumberGenerator.GetHexString(10, lowercase: true);
    private CoseSigner? _device;
    private byte[] _meeting = [];
    private string _token = "";
    private int _left;

    private Persistent Persistent => new(_http, book);

    // Acts of one report run side by side, and a seeded generator is spoilt when two ask it at once.
    private int Roll(int from, int to)
    {
        lock (_random)
            return _random.Next(from, to);
    }

    private int Roll(int below) => Roll(0, below);

    public async Task ReportAsync()
    {
        if (_left-- <= 0)
            await RegisterAsync();
        var (sent, bundle) = await SealAsync();
        if (Roll(20) == 0)
        {
            // Nobody knows whether it went in; the chain of this device is as unknown, so there is another one.
            await AbandonAsync(HttpMethod.Post, "/v1/reports", Body(bundle.Head, CoseContentTypes.Bundle));
            _left = 0;
            return;
        }
        await PostAsync(sent, bundle);

        if (Roll(5) == 0)
            await TooEarlyAsync(sent);
        // Filing and segments in any order and side by side: no order is promised.
        var acts = Enumerable
            .Range(0, bundle.Segments.Count)
            .Select(i => (Func<Task>)(() => TwiceSometimesAsync(() => PutSegmentAsync(sent, i, bundle.Segments[i]))))
            .Append(() => TwiceSometimesAsync(() => PutFilingAsync(sent, bundle)))
            .ToArray();
        _random.Shuffle(acts);
        // One in eight is given up on the way: what was acknowledged of it must stand all the same.
        var done = Roll(8) == 0 ? Roll(acts.Length) : acts.Length;
        await Parallel.ForEachAsync(
            acts.Take(done),
            new ParallelOptions { MaxDegreeOfParallelism = 3 },
            async (act, _) => await act()
        );
        sent.Round = book.Round;
        if (done < acts.Length)
            return;
        if (Roll(20) == 0)
        {
            sent.CompleteSent = true;
            await AbandonAsync(HttpMethod.Post, $"/v1/reports/{sent.ReportId}/complete", null);
            return;
        }
        await FinishAsync(sent);
        // Long after the fact the same head comes again: it is the same report.
        if (Roll(4) == 0)
            await PostAsync(sent, bundle);
    }

    /// <summary>Uploads in every bad manner; what of it is not acknowledged is sent again, half of the time.</summary>
    public async Task BreakUploadsAsync()
    {
        if (_left-- <= 0)
            await RegisterAsync();
        var (sent, bundle) = await SealAsync(segments: 5);
        await PostAsync(sent, bundle);
        await Task.WhenAll(
            Enum.GetValues<Manner>().Select((manner, i) => BreakUploadAsync(sent, i, bundle.Segments[i], manner))
        );
        sent.Round = book.Round;
        if (Roll(2) == 0)
            return;
        await Task.WhenAll(
            Enumerable.Range(0, bundle.Segments.Count).Select(i => PutSegmentAsync(sent, i, bundle.Segments[i]))
        );
        await PutFilingAsync(sent, bundle);
        await FinishAsync(sent);
    }

    private async Task BreakUploadAsync(SentReport sent, int index, byte[] bytes, Manner manner)
    {
        book.CountBadManners();
        var half = manner is Manner.HalfThenReset or Manner.HalfThenHalfClosed;
        sent.SegmentSent[index] = !half;
        var path = $"/v1/reports/{sent.ReportId}/segments/{index}";
        var status = await RawUpload.SendAsync(installation.Address, _token, path, bytes, manner);
        if (!half)
        {
            sent.Stored[index] = status == (int)HttpStatusCode.NoContent;
            return;
        }
        if (status is >= 200 and < 300)
            throw new Violation($"half a segment was answered with {status}");
        var seen = JsonSerializer.Deserialize<ReportStatus>(
            await SendAsync(HttpMethod.Get, $"/v1/reports/{sent.ReportId}", () => null, HttpStatusCode.OK),
            Platform.Json
        )!;
        if (!seen.Missing.Contains(index))
            throw new Violation($"half a segment of {sent.ReportId} counts as stored");
    }

    private async Task<(SentReport, SealedBundle)> SealAsync(int? segments = null)
    {
        var challenge = await AskAsync();
        var bundle = BundleSealer.Seal(Draft(challenge, segments ?? Roll(1, 5)), _device!);
        var id = Convert.ToHexStringLower(bundle.ContentId);
        var sent = new SentReport(
            id,
            [.. bundle.Descriptors.Select(d => d.CiphertextHash.ToArray())],
            () => CompleteAsync(book.Reports[id].ReportId!),
            () =>
                SendAsync(
                    HttpMethod.Get,
                    $"/v1/reports/{book.Reports[id].ReportId}/receipt-proof",
                    () => null,
                    HttpStatusCode.OK
                )
        );
        book.Reports[id] = sent;
        return (sent, bundle);
    }

    private async Task PostAsync(SentReport sent, SealedBundle bundle)
    {
        var accepted = await TwiceSometimesAsync(() => PostHeadAsync(bundle.Head));
        if (sent.ReportId is not null && sent.ReportId != accepted.ReportId)
            throw new Violation($"{sent.ReportId} and {accepted.ReportId} are the same bundle");
        sent.ReportId = accepted.ReportId;
        sent.Round = book.Round;
    }

    private async Task FinishAsync(SentReport sent)
    {
        sent.CompleteSent = true;
        sent.Receipt = await TwiceSometimesAsync(() => CompleteAsync(sent.ReportId!));
        sent.Round = book.Round;
    }

    // Sent once and hung up on before an answer: all of it happened or nothing.
    private async Task AbandonAsync(HttpMethod method, string path, HttpContent? body)
    {
        book.CountAbandoned();
        using var gone = new CancellationTokenSource(Roll(0, 40));
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        try
        {
            using var answer = await _http.SendAsync(request, gone.Token);
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or IOException)
        {
            // Nothing was acknowledged.
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _device?.Dispose();
    }

    private async Task RegisterAsync()
    {
        _left = ReportsPerDevice - 1;
        _device?.Dispose();
        _device = CoseSigner.Generate(Roll(2) == 0 ? CoseAlgorithm.Ed25519 : CoseAlgorithm.Esp256);
        _meeting = RandomNumberGenerator.GetBytes(16);
        var mark = Convert.ToHexStringLower(_meeting)[..10];
        var account = $"host-{_name}";
        await platform.SendAsync(
            HttpMethod.Put,
            $"/v1/meetings/meeting-{mark}",
            new
            {
                meeting_uuid = Text(_meeting),
                epoch = DateTimeOffset.UnixEpoch.AddDays(20_000),
                end_to_end_encrypted = true,
                participants = _people.Select(
                    (p, i) =>
                        new
                        {
                            pseudonym = Text(p),
                            account = i == 0 ? account : $"guest-{i}-{_name}",
                            host = i == 0,
                        }
                ),
            }
        );
        var key = _device.PublicKey;
        await platform.SendAsync(
            HttpMethod.Put,
            $"/v1/accounts/{account}/devices/{Text(key.Kid)}",
            new { alg = (int)key.Algorithm, public_key = Text(key.PublicKey) }
        );
        await SignInAsync();
    }

    private async Task SignInAsync()
    {
        var token = await platform.SendAsync(HttpMethod.Post, "/v1/host-tokens", new { account = $"host-{_name}" });
        _token = token.GetProperty("token").GetString()!;
    }

    private async Task<ChallengeResponse> AskAsync()
    {
        var body = new ChallengeRequest(Text(_device!.PublicKey.Kid), Text(_meeting), Text(_people[0]));
        var answer = await SendAsync(
            HttpMethod.Post,
            "/v1/reports/challenges",
            () => JsonContent.Create(body, options: Platform.Json),
            HttpStatusCode.Created
        );
        return JsonSerializer.Deserialize<ChallengeResponse>(answer, Platform.Json)!;
    }

    private async Task<ReportAccepted> PostHeadAsync(byte[] head)
    {
        var answer = await SendAsync(
            HttpMethod.Post,
            "/v1/reports",
            () => Body(head, CoseContentTypes.Bundle),
            HttpStatusCode.Created,
            HttpStatusCode.OK
        );
        return JsonSerializer.Deserialize<ReportAccepted>(answer, Platform.Json)!;
    }

    private async Task<bool> PutSegmentAsync(SentReport sent, int index, byte[] bytes)
    {
        sent.SegmentSent[index] = true;
        await SendAsync(
            HttpMethod.Put,
            $"/v1/reports/{sent.ReportId}/segments/{index}",
            () => Body(bytes, "application/octet-stream"),
            HttpStatusCode.NoContent
        );
        return sent.Stored[index] = true;
    }

    private async Task<bool> PutFilingAsync(SentReport sent, SealedBundle bundle)
    {
        var subjects = _people.Skip(1).Where(_ => Roll(2) == 0).Select(p => Text(p)).ToArray();
        lock (_random)
            _random.Shuffle(subjects);
        var filing = new Filing(
            1,
            Text(_meeting),
            Text(_people[0]),
            subjects,
            "harassment",
            Text(bundle.ContentId),
            0,
            "en"
        );
        var payload = JsonSerializer.SerializeToUtf8Bytes(filing, WithoutNulls);
        // Signed once: a repeat with other bytes would be another filing.
        sent.SignedFiling ??= CoseSign1.Sign(_device!, CoseContentTypes.Filing, CoseLabels.Filing, payload);
        sent.FilingSent = true;
        await SendAsync(
            HttpMethod.Put,
            $"/v1/reports/{sent.ReportId}/filing",
            () => Body(sent.SignedFiling, "application/cose"),
            HttpStatusCode.NoContent
        );
        return sent.Filed = true;
    }

    private async Task<byte[]> CompleteAsync(string report)
    {
        var answer = await SendAsync(HttpMethod.Post, $"/v1/reports/{report}/complete", () => null, HttpStatusCode.OK);
        var receipt = JsonSerializer.Deserialize<ReportCompleted>(answer, Platform.Json)!.Receipt;
        return Base64Url.DecodeFromChars(receipt);
    }

    private async Task TooEarlyAsync(SentReport sent) =>
        await SendAsync(HttpMethod.Post, $"/v1/reports/{sent.ReportId}/complete", () => null, HttpStatusCode.Conflict);

    private async Task<T> TwiceSometimesAsync<T>(Func<Task<T>> act)
    {
        if (Roll(4) != 0)
            return await act();
        var both = await Task.WhenAll(act(), act());
        return both[0];
    }

    private async Task<byte[]> SendAsync(
        HttpMethod method,
        string path,
        Func<HttpContent?> body,
        params HttpStatusCode[] good
    )
    {
        while (true)
        {
            var (status, bytes, _) = await Persistent.SendAsync(() =>
            {
                var request = new HttpRequestMessage(method, path) { Content = body() };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
                return request;
            });
            if (good.Contains(status))
                return bytes;
            // A clock that jumped forward has ended the token; a client asks its platform for another.
            if (status != HttpStatusCode.Unauthorized)
                throw new Violation($"{method} {Route(path)} was answered with {(int)status} {CodeOf(bytes)}");
            await SignInAsync();
        }
    }

    private BundleDraft Draft(ChallengeResponse challenge, int segments)
    {
        var config = CoseKey.Parse(
            Convert.FromHexString(File.ReadAllText(Path.Combine(installation.Keys, "public", "config.pub")).Trim())
        )!;
        var now = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var keys =
            RecipientKeyList.Verify(Base64Url.DecodeFromChars(challenge.RecipientKeys), config, now)
            ?? throw new Violation("the signed list of recipient keys does not verify");
        return new BundleDraft
        {
            Challenge = Base64Url.DecodeFromChars(challenge.Challenge),
            Meeting = _meeting,
            Reporter = _people[0],
            Counter = (ulong)challenge.LastCounter + 1,
            CreatedMs = now,
            WindowStart = 0,
            WindowEnd = 60_000,
            Reason = 4,
            Sdk = "fault programme 1",
            Previous = Base64Url.DecodeFromChars(challenge.LastContentId),
            Recipients = keys.ForSealing(),
            Segments = [.. Enumerable.Range(0, segments).Select(Media)],
        };
    }

    private SegmentDraft Media(int number)
    {
        var bytes = new byte[Roll(100, 60_000)];
        lock (_random)
            _random.NextBytes(bytes);
        Canary.CopyTo(bytes);
        return new SegmentDraft
        {
            Kind = SegmentKind.AssertedMedia,
            Participant = _people[1],
            Stream = 7,
            T0 = (ulong)number * 2_000,
            Duration = 2_000,
            Content = 1,
            Plaintext = bytes,
        };
    }

    private static ByteArrayContent Body(byte[] bytes, string type) =>
        new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private static string Text(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private static string Route(string path) =>
        string.Join('/', path.Split('/').Where(p => !p.StartsWith("rpt_", StringComparison.Ordinal)));

    private static string CodeOf(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body).RootElement.GetProperty("code").GetString() ?? "";
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "without a code";
        }
    }
}
