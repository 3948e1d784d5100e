// A meeting whose SFU has signed eight seconds of it, and the reports that a host, honest or not, makes of its frames.
using Moderation.Contracts.Directory;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.IntegrationTests.Intake;

public sealed class RelayedMeeting : IDisposable
{
    private const ulong GroupMs = 2_000;
    private readonly CoseSigner _relay = CoseSigner.Generate(CoseAlgorithm.Esp256);

    public required ReportingHost Host { get; init; }
    public SimulatedSfu Sfu { get; private set; } = null!;
    public List<ForwardedFrame> Frames { get; } = [];
    public ulong FirstKid => Picture(0)[0].Kid;

    public static async Task<RelayedMeeting> JoinAsync(App app, bool foreignIntake = false, bool lateKid = false)
    {
        var meeting = new RelayedMeeting { Host = await ReportingHost.JoinAsync(app) };
        var host = meeting.Host;
        meeting.Sfu = new SimulatedSfu(host.Meeting, host.Roster.Epoch, meeting._relay, app.Clock);
        using var foreign = CoseSigner.Generate();
        var url = meeting.Sfu.Listen(foreignIntake ? foreign.PublicKey : host.PublicKey("receipt.pub"));
        await (
            await host.PutMeetingAsync(host.Roster with { Relays = [Told(meeting._relay, url.ToString())] })
        ).ShouldBeAsync<MeetingShape>(200);
        AttestedMeeting.Play(
            meeting.Sfu,
            host.Others[0],
            host.Others[1],
            TimeSpan.FromSeconds(8),
            meeting.Frames.Add,
            lateKid: lateKid
        );
        return meeting;
    }

    public AttestationQuery Query(byte[] challenge) => new(challenge, [new StreamKid(Host.Others[0], 1, FirstKid)]);

    public Task<HttpResponseMessage> AskAsync(AttestationQuery query) =>
        Host.Http.PostAsync("/v1/reports/attestations", ReportingHost.Body(query.Encode(), AttestationQuery.MediaType));

    /// <summary>What an administrator of the vault's host does for a relay.</summary>
    public Task TrustAsync() =>
        App.RunVaultAsync(
            "trust-relay",
            "--dir",
            Host.App.KeysDir,
            "--key",
            Convert.ToHexStringLower(Sfu.PublicKey.Encode())
        );

    /// <summary>
    /// Files four groups of the subject's picture: 0 whole, 1 without its header and one chunk, 2 with a frame that this host made
    /// under the real key, 3 as the host's own word.
    /// </summary>
    public async Task<(ReportAccepted Report, SealedBundle Bundle)> FileAsync()
    {
        var challenge = await Host.AskAsync();
        var kids = Enumerable.Range(0, 3).Select(i => new StreamKid(Host.Others[0], 1, Picture(i)[0].Kid)).ToList();
        using var answer = await AskAsync(new AttestationQuery(ReportingHost.Read(challenge.Challenge), kids));
        var told = Attestation
            .ParseAll(await answer.Content.ReadAsByteArrayAsync(), kids.Count)
            .ShouldNotBeNull()
            .Select(attestation => attestation.ShouldNotBeNull())
            .ToList();
        var receipts = new SortedDictionary<ulong, byte[]>();
        foreach (var attestation in told)
            receipts[WindowOf(attestation)] = attestation.Receipt.ToArray();
        var bundle = BundleSealer.Seal(
            Host.Draft(challenge) with
            {
                WindowStart = 0,
                WindowEnd = 8_000,
                Receipts = [.. receipts.Values],
                Segments =
                [
                    Attested(0, told[0], frame => frame.Bytes),
                    Attested(1, told[1], frame => frame.Number is 0 or 4 ? null : frame.Bytes),
                    Attested(2, told[2], frame => frame.Number == 3 ? Forged(frame) : frame.Bytes),
                    Media(3) with
                    {
                        Plaintext = GroupAsAsserted(3),
                    },
                ],
            },
            Host.Device
        );
        using var filed = await Host.PostHeadAsync(bundle.Head);
        var report = await filed.ShouldBeAsync<ReportAccepted>(201);
        using var filing = await Host.PutFilingAsync(report.ReportId, Host.Filing(bundle, Host.Others[0]));
        filing.IsSuccessStatusCode.ShouldBeTrue();
        await Host.PutSegmentsAsync(report.ReportId, bundle);
        using var completed = await Host.CompleteAsync(report.ReportId);
        await completed.ShouldBeAsync(200);
        return (report, bundle);

        SegmentDraft Attested(int group, Attestation attestation, Func<ForwardedFrame, byte[]?> received) =>
            Media(group) with
            {
                Kind = SegmentKind.AttestedMedia,
                Receipt = receipts.Keys.ToList().IndexOf(WindowOf(attestation)),
                Plaintext = Unit(Picture(group), attestation, received).Encode(),
            };
    }

    public static RelayUpsert Told(CoseSigner relay, string? url) =>
        new((int)relay.PublicKey.Algorithm, Bytes.ToText(relay.PublicKey.PublicKey), url);

    public void Dispose()
    {
        Sfu.Dispose();
        _relay.Dispose();
    }

    private List<ForwardedFrame> Picture(int group) => [.. Frames.Where(f => f.Stream == 1 && f.Segment == group)];

    private SegmentDraft Media(int group) =>
        new()
        {
            Kind = SegmentKind.AssertedMedia,
            Participant = Host.Others[0],
            Stream = 1,
            T0 = (ulong)group * GroupMs,
            Duration = (uint)GroupMs,
            Content = 1,
        };

    private static AttestedUnit Unit(
        List<ForwardedFrame> frames,
        Attestation attestation,
        Func<ForwardedFrame, byte[]?> received
    ) =>
        new(
            frames[0].BaseKey,
            attestation.Leaf,
            attestation.LeafIndex,
            attestation.Proof,
            [
                .. frames.Select(frame =>
                    received(frame) is { } bytes
                        ? new AttestedFrame(bytes, IsPresent: true)
                        : new AttestedFrame(attestation.FrameHashes[frame.Number], IsPresent: false)
                ),
            ]
        );

    // Every member of the meeting has K_seg, so the forgery decrypts perfectly.
    private static byte[] Forged(ForwardedFrame frame)
    {
        using var forger = SFrameSender.FromBaseKey(frame.BaseKey, frame.Kid);
        for (var i = 0; i < frame.Number; i++)
            forger.Seal([]);
        return forger.Seal("words that were never said"u8);
    }

    private static byte[] GroupAsAsserted(int group) =>
        Cmaf.Segment(Medium("video-header.mp4"), Medium($"video-{group}.m4s"), (ulong)group * GroupMs * 90);

    private static byte[] Medium(string name)
    {
        using var stream = typeof(FakeMeeting).Assembly.GetManifestResourceStream($"media/{name}").ShouldNotBeNull();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private ulong WindowOf(Attestation attestation) =>
        RelayReceipt.VerifyAll([attestation.Receipt], [Sfu.PublicKey], Host.Meeting).Value[0].Window;
}
