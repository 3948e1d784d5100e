// An intake in memory, to report to in tests: verifies heads, keeps ciphertext, can lose the connection.
using System.Net;
using System.Net.Http.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Evidence.Opening;
using Moderation.Sdk;
using Moderation.Sdk.Http;
using Moderation.UnitTests.Evidence;

namespace Moderation.UnitTests.Sdk;

internal sealed class TestIntake : HttpMessageHandler
{
    private readonly CoseSigner _configuration = CoseSigner.Generate();
    private readonly CoseSigner _receipts = CoseSigner.Generate();
    private readonly Lock _gate = new();
    private byte[] _head = [];
    private int _count;

    public World World { get; } = new();

    /// <summary>Answers the question for attestations; without it the service knows no relay.</summary>
    public Func<AttestationQuery, Attestation?[]>? Relay { get; init; }

    /// <summary>True for a request whose connection is lost.</summary>
    public Func<HttpRequestMessage, int, bool> Loses { get; set; } = (_, _) => false;
    public byte[] LastContentId { get; set; } = new byte[32];
    public long LastCounter { get; set; }
    public Dictionary<int, byte[]> Segments { get; } = [];
    public List<string> Requests { get; } = [];

    public ModerationHost Host(TimeProvider clock, TimeSpan? window = null, long bytes = 64 * 1024 * 1024) =>
        new(
            new ModerationHostOptions
            {
                Endpoint = new Uri("http://localhost"),
                GetToken = _ => ValueTask.FromResult("t"),
                DeviceSigner = World.Device,
                ConfigurationKey = _configuration.PublicKey,
                ReceiptKey = _receipts.PublicKey,
                Window = window ?? TimeSpan.FromSeconds(60),
                MaxMemory = bytes,
                Clock = clock,
            },
            this
        );

    /// <summary>Every segment opened with both private keys, after steps A to F; fails the test when one does not.</summary>
    public List<(Descriptor Descriptor, OpenedSegment Opened)> OpenAll()
    {
        byte[] file = [.. _head, .. Segments.OrderBy(s => s.Key).SelectMany(s => s.Value)];
        var authentic = World.Authenticate(file).Value;
        var structure = BundleVerifier
            .CheckStructure(BundleHead.Parse(file).Value, authentic.Manifest, [World.Relay.PublicKey])
            .Value;
        var key = World.OpenContentKey(authentic).Value;
        return
        [
            .. structure.Descriptors.Select(
                (d, i) => (d, BundleOpener.OpenSegment(key, authentic, structure, i, Segments[i]).Value)
            ),
        ];
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var path = request.RequestUri!.AbsolutePath;
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(ct);
        lock (_gate)
        {
            Requests.Add($"{request.Method} {path}");
            if (Loses(request, _count++))
                throw new HttpRequestException("The connection was lost.");
            return Answer(request.Method.Method, path, body);
        }
    }

    private HttpResponseMessage Answer(string method, string path, byte[] body)
    {
        switch (method, path)
        {
            case ("POST", "/v1/reports/challenges"):
                return Json(
                    new ChallengeResponse(
                        HostApi.Text(World.Challenge),
                        DateTimeOffset.UnixEpoch,
                        LastCounter,
                        HostApi.Text(LastContentId),
                        HostApi.Text(Keys()),
                        null
                    )
                );
            case ("POST", "/v1/reports/attestations") when Relay is not null:
                var answers = Relay(AttestationQuery.Parse(body)!);
                return new HttpResponseMessage { Content = new ByteArrayContent(Attestation.EncodeAll(answers)) };
            case ("GET", "/v1/reasons"):
                return Json(new[] { new ReasonShape("spam", 3, "Spam") });
            case ("POST", "/v1/reports"):
                _head = body;
                return Json(new ReportAccepted("rep_1", HostApi.Text(ContentId()), "uploading", Missing()));
            case ("GET", "/v1/reports/rep_1"):
                return Json(new ReportStatus("rep_1", "uploading", true, Missing()));
            case ("PUT", "/v1/reports/rep_1/filing"):
                return new HttpResponseMessage(HttpStatusCode.NoContent);
            case ("POST", "/v1/reports/rep_1/complete"):
                var receipt = new IntakeReceipt(new byte[16], ContentId(), 1, new byte[32]);
                return Json(new ReportCompleted("rep_1", "complete", HostApi.Text(receipt.Sign(_receipts))));
            case ("PUT", _) when path.StartsWith("/v1/reports/rep_1/segments/", StringComparison.Ordinal):
                Segments[int.Parse(path.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture)] = body;
                return new HttpResponseMessage(HttpStatusCode.NoContent);
            default:
                return new HttpResponseMessage(HttpStatusCode.NotFound);
        }
    }

    private byte[] ContentId() => Manifest.ContentIdOf(World.Authenticate(_head).Value.Manifest.Encode());

    private List<int> Missing()
    {
        var manifest = World.Authenticate(_head).Value.Manifest;
        return [.. Enumerable.Range(0, (int)manifest.SegmentCount).Where(i => !Segments.ContainsKey(i))];
    }

    private byte[] Keys() =>
        new RecipientKeyList(
            0,
            EvidenceLimits.SafeInteger,
            [
                new RecipientKey(1, World.Vault.Kem, World.Vault.PublicKey.ToArray()),
                new RecipientKey(2, World.Custodian.Kem, World.Custodian.PublicKey.ToArray()),
            ]
        ).Sign(_configuration);

    private static HttpResponseMessage Json<T>(T value) =>
        new() { Content = JsonContent.Create(value, options: HostApi.Json) };

    protected override void Dispose(bool disposing)
    {
        _configuration.Dispose();
        _receipts.Dispose();
        World.Dispose();
        base.Dispose(disposing);
    }
}
