// A host in a meeting with a device of its own, who seals and files over HTTP as a client does.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Directory;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Intake;

public sealed class ReportingHost
{
    private ReportingHost(App app, HttpClient platform) => (App, Platform) = (app, platform);

    public App App { get; }
    public HttpClient Platform { get; }
    public HttpClient Http { get; private set; } = null!;
    public CoseSigner Device { get; private set; } = null!;
    public string ExternalId { get; } = $"host-{Name()}";
    public string MeetingExternalId { get; } = $"meeting-{Name()}";
    public byte[] Meeting { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Pseudonym { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>Two others in the meeting, whom the roster knows.</summary>
    public IReadOnlyList<byte[]> Others { get; } =
    [RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16)];
    public IReadOnlyList<string> OtherAccounts { get; } = [$"guest-{Name()}", $"guest-{Name()}"];
    public byte[] Kid => Device.PublicKey.Kid.ToArray();

    /// <summary>A host of a new meeting.</summary>
    public static async Task<ReportingHost> JoinAsync(App app, CoseAlgorithm algorithm = CoseAlgorithm.Ed25519)
    {
        var host = new ReportingHost(app, await app.PlatformAsync()) { Device = CoseSigner.Generate(algorithm) };
        await (await host.PutMeetingAsync()).ShouldBeAsync<MeetingShape>(200);
        await (await host.PutDeviceAsync(host.Device.PublicKey)).ShouldBeAsync<DeviceShape>(200);
        using var answer = await host.Platform.PostAsync(
            "/v1/host-tokens",
            Answers.Json(new HostTokenRequest(host.ExternalId))
        );
        host.Http = app.Client((await answer.ShouldBeAsync<HostToken>(200)).Token);
        return host;
    }

    public Task<HttpResponseMessage> PutMeetingAsync(MeetingUpsert? meeting = null) =>
        Platform.PutAsync($"/v1/meetings/{MeetingExternalId}", Answers.Json(meeting ?? Roster));

    public MeetingUpsert Roster =>
        new(
            Bytes.ToText(Meeting),
            DateTimeOffset.UnixEpoch.AddDays(20_000),
            EndToEndEncrypted: true,
            [
                new ParticipantUpsert(Bytes.ToText(Pseudonym), ExternalId, Host: true),
                new ParticipantUpsert(Bytes.ToText(Others[0]), OtherAccounts[0], Host: false),
                new ParticipantUpsert(Bytes.ToText(Others[1]), OtherAccounts[1], Host: false),
            ]
        );

    public Task<HttpResponseMessage> PutDeviceAsync(CoseKey key, string? account = null, string? kid = null) =>
        Platform.PutAsync(
            $"/v1/accounts/{account ?? ExternalId}/devices/{kid ?? Bytes.ToText(key.Kid)}",
            Answers.Json(new DeviceUpsert((int)key.Algorithm, Bytes.ToText(key.PublicKey)))
        );

    public Task<HttpResponseMessage> PostChallengeAsync() =>
        Http.PostAsync(
            "/v1/reports/challenges",
            Answers.Json(new ChallengeRequest(Bytes.ToText(Kid), Bytes.ToText(Meeting), Bytes.ToText(Pseudonym)))
        );

    public async Task<ChallengeResponse> AskAsync()
    {
        using var answer = await PostChallengeAsync();
        return await answer.ShouldBeAsync<ChallengeResponse>(201);
    }

    /// <summary>A bundle of two media segments and a note, sealed to the keys the server hands out.</summary>
    public BundleDraft Draft(ChallengeResponse challenge)
    {
        var keys = RecipientKeyList.Verify(
            Read(challenge.RecipientKeys),
            ConfigKey,
            (ulong)App.Clock.GetUtcNow().ToUnixTimeMilliseconds()
        );
        return new BundleDraft
        {
            Challenge = Read(challenge.Challenge),
            Meeting = Meeting,
            Reporter = Pseudonym,
            Counter = (ulong)challenge.LastCounter + 1,
            CreatedMs = (ulong)App.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            WindowStart = 1_000,
            WindowEnd = 9_000,
            Reason = 4,
            Sdk = "tests 1",
            Previous = Read(challenge.LastContentId),
            Recipients = keys.ShouldNotBeNull().ForSealing(),
            Segments = [Media(1_000), Media(3_000), Note],
        };
    }

    public async Task<SealedBundle> SealAsync() => BundleSealer.Seal(Draft(await AskAsync()), Device);

    public Task<HttpResponseMessage> PostHeadAsync(byte[] head, HttpClient? by = null) =>
        (by ?? Http).PostAsync("/v1/reports", Body(head, CoseContentTypes.Bundle));

    /// <summary>Seals and files a head part that is accepted.</summary>
    public async Task<(ReportAccepted Report, SealedBundle Bundle)> FileAsync()
    {
        var bundle = await SealAsync();
        using var answer = await PostHeadAsync(bundle.Head);
        return (await answer.ShouldBeAsync<ReportAccepted>(201), bundle);
    }

    public Task<HttpResponseMessage> PutSegmentAsync(string report, int index, byte[] bytes) =>
        Http.PutAsync($"/v1/reports/{report}/segments/{index}", Body(bytes, "application/octet-stream"));

    public async Task PutSegmentsAsync(string report, SealedBundle bundle)
    {
        // Backwards and all at once: any order is fine.
        var answers = await Task.WhenAll(
            bundle.Segments.Select((bytes, index) => PutSegmentAsync(report, index, bytes)).Reverse()
        );
        foreach (var answer in answers)
            await answer.ShouldBeAsync(204);
    }

    public Task<HttpResponseMessage> CompleteAsync(string report) =>
        Http.PostAsync($"/v1/reports/{report}/complete", null);

    public Filing Filing(SealedBundle bundle, params byte[][] subjects) =>
        new(
            1,
            Bytes.ToText(Meeting),
            Bytes.ToText(Pseudonym),
            [.. subjects.Select(s => Bytes.ToText(s))],
            "harassment",
            Bytes.ToText(bundle.ContentId),
            App.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            "en-GB",
            MarkerMs: 5_000
        );

    public Task<HttpResponseMessage> PutFilingAsync<T>(string report, T filing, CoseSigner? signer = null) =>
        PutFilingBytesAsync(report, JsonSerializer.SerializeToUtf8Bytes(filing, ModerationDb.Json), signer);

    public Task<HttpResponseMessage> PutFilingBytesAsync(string report, byte[] payload, CoseSigner? signer = null)
    {
        var signed = CoseSign1.Sign(signer ?? Device, CoseContentTypes.Filing, CoseLabels.Filing, payload);
        return Http.PutAsync($"/v1/reports/{report}/filing", Body(signed, "application/cose"));
    }

    /// <summary>A filing that answers a fresh challenge and has no bundle.</summary>
    public async Task<Filing> FilingAloneAsync(string? note, params byte[][] subjects) =>
        new(
            1,
            Bytes.ToText(Meeting),
            Bytes.ToText(Pseudonym),
            [.. subjects.Select(s => Bytes.ToText(s))],
            "harassment",
            ContentId: null,
            App.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
            "en-GB",
            Challenge: (await AskAsync()).Challenge,
            Note: note
        );

    public static byte[] PayloadOf(Filing filing) => JsonSerializer.SerializeToUtf8Bytes(filing, ModerationDb.Json);

    public Task<HttpResponseMessage> PostFilingAsync(Filing filing, CoseSigner? signer = null) =>
        PostFilingBytesAsync(PayloadOf(filing), signer);

    public Task<HttpResponseMessage> PostFilingBytesAsync(byte[] payload, CoseSigner? signer = null) =>
        Http.PostAsync(
            "/v1/filings",
            Body(
                CoseSign1.Sign(signer ?? Device, CoseContentTypes.Filing, CoseLabels.Filing, payload),
                "application/cose"
            )
        );

    /// <summary>How many reports of this device are stored, and how many segments with their bytes.</summary>
    public Task<(int Reports, int Segments, long Counter)> StoredAsync() =>
        App.InDbAsync(async db =>
        {
            var kid = Kid;
            var reports = db.Reports.Where(r => r.DeviceKid == kid).Select(r => r.Id).ToList();
            var segments = db.ReportSegments.Count(s => reports.Contains(s.ReportId) && s.StoredAt != null);
            var device = await db.Devices.FindAsync(kid);
            return (reports.Count, segments, device!.LastCounter);
        });

    public bool BlobIsThere(byte[] ciphertext)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(ciphertext));
        return File.Exists(Path.Combine(App.DataDir, "blobs", name[..2], name[2..4], name));
    }

    public static ReportId IdOf(string report) =>
        ReportId.TryParse(report, null, out var id) ? id : throw new FormatException(report);

    public static byte[] Read(string text) =>
        Bytes.TryRead(text, out var bytes) ? bytes : throw new FormatException(text);

    public static ByteArrayContent Body(byte[] bytes, string type) =>
        new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    public CoseKey ConfigKey => PublicKey("config.pub");

    public CoseKey PublicKey(string file) =>
        CoseKey
            .Parse(Convert.FromHexString(File.ReadAllText(Path.Combine(App.KeysDir, "public", file)).Trim()))
            .ShouldNotBeNull();

    private SegmentDraft Media(ulong at) =>
        new()
        {
            Kind = SegmentKind.AssertedMedia,
            Participant = Others[0],
            Stream = 7,
            T0 = at,
            Duration = 2_000,
            Content = 1,
            Plaintext = RandomNumberGenerator.GetBytes(40_000),
        };

    private static SegmentDraft Note =>
        new()
        {
            Kind = SegmentKind.Note,
            T0 = 1_000,
            Duration = 0,
            Content = 48,
            Plaintext = "he would not stop"u8.ToArray(),
        };

    private static string Name() => RandomNumberGenerator.GetHexString(12, lowercase: true);
}
