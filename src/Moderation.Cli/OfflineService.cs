// Stands in for the service in a fake meeting without one: issues one challenge in process and knows both recipients' keys.
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Cli;

/// <summary>What a fake meeting is sealed with.</summary>
/// <param name="Device">Algorithm of the device key.</param>
/// <param name="Vault">Kem of the first recipient.</param>
/// <param name="Custodian">Kem of the second recipient.</param>
public sealed record FakeSuite(
    CoseAlgorithm Device = CoseAlgorithm.Ed25519,
    Kem Vault = Kem.X25519,
    Kem Custodian = Kem.X25519
);

/// <summary>Answers the SDK's one question, and tells what a verifier must know to believe the bundle.</summary>
public sealed class OfflineService : HttpMessageHandler
{
    private static readonly TimeSpan ChallengeLife = TimeSpan.FromMinutes(15);
    private readonly CoseSigner configuration = CoseSigner.Generate();
    private readonly KemKeyPair vault;
    private readonly KemKeyPair custodian;
    private readonly DateTimeOffset now;
    private readonly byte[] challenge = RandomNumberGenerator.GetBytes(32);

    public OfflineService(FakeSuite suite, TimeProvider clock)
    {
        now = clock.GetUtcNow();
        Device = CoseSigner.Generate(suite.Device);
        vault = KemKeyPair.Generate(suite.Vault);
        custodian = KemKeyPair.Generate(suite.Custodian);
    }

    public CoseSigner Device { get; }
    public CoseKey ConfigurationKey => configuration.PublicKey;
    public byte[] MeetingUuid { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Host { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>Relays whose receipts count in this meeting.</summary>
    public IList<CoseKey> Relays { get; } = [];

    /// <summary>The relay that is asked for receipts, or null.</summary>
    public Evidence.Relay.MeetingRelay? Relay { get; set; }

    /// <summary>The keys file of Annex A, private keys of the recipients included: they are made for this one file.</summary>
    public byte[] KeysFile() =>
        new AnnexAContents
        {
            NowMs = NowMs,
            Devices = [new RegisteredDevice(Device.PublicKey, DeviceStatus.Active, new byte[32], 0, new byte[32])],
            Meetings = [(MeetingUuid, new KnownMeeting([Host], [.. Relays]))],
            Challenges =
            [
                (
                    challenge,
                    new IssuedChallenge(
                        Device.PublicKey.Kid.ToArray(),
                        MeetingUuid,
                        Host,
                        NowMs + (ulong)ChallengeLife.TotalMilliseconds,
                        Used: false
                    )
                ),
            ],
            Recipients = [Recipient(1, vault), Recipient(2, custodian)],
        }.Encode(withPrivateKeys: true);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        if (request.RequestUri?.AbsolutePath == "/v1/reports/attestations")
            return await AttestAsync(request, cancellationToken);
        if (request.Method != HttpMethod.Post || request.RequestUri?.AbsolutePath != "/v1/reports/challenges")
            throw new InvalidOperationException($"A meeting without a server asked for {request.RequestUri}.");
        var keys = new RecipientKeyList(
            NowMs,
            NowMs + (ulong)ChallengeLife.TotalMilliseconds,
            [
                new RecipientKey(1, vault.Kem, vault.PublicKey.ToArray()),
                new RecipientKey(2, custodian.Kem, custodian.PublicKey.ToArray()),
            ]
        );
        var answer = new ChallengeResponse(
            Base64Url.EncodeToString(challenge),
            now + ChallengeLife,
            0,
            Base64Url.EncodeToString(new byte[32]),
            Base64Url.EncodeToString(keys.Sign(configuration)),
            null
        );
        return new HttpResponseMessage(HttpStatusCode.Created)
        {
            RequestMessage = request,
            Content = JsonContent.Create(answer, options: Shared.JsonOptions),
        };
    }

    private async Task<HttpResponseMessage> AttestAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var query = AttestationQuery.Parse(await request.Content!.ReadAsByteArrayAsync(ct));
        if (Relay is null || query is null)
            return new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request };
        var content = new ByteArrayContent(Attestation.EncodeAll(Relay.Attest(query.Kids)));
        return new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = content };
    }

    protected override void Dispose(bool disposing)
    {
        configuration.Dispose();
        Device.Dispose();
        vault.Dispose();
        custodian.Dispose();
        base.Dispose(disposing);
    }

    private ulong NowMs => (ulong)now.ToUnixTimeMilliseconds();

    private static AnnexARecipient Recipient(uint role, KemKeyPair pair) =>
        new(role, pair.Kem, pair.PublicKey.ToArray(), pair.ExportPrivateKey());
}
