// One sealed report as the API would hold it, and the openings a test asks for.
using System.Security.Cryptography;
using System.Text;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Evidence.Opening;

namespace Moderation.IntegrationTests.Opening;

/// <summary>A report with its segments, its device, and the API's word about them.</summary>
public sealed record SentReport(
    byte[] Head,
    byte[] Manifest,
    byte[] ContentId,
    IReadOnlyList<Descriptor> Descriptors,
    IReadOnlyList<byte[]> Segments,
    CoseKey Device,
    byte[] Meeting,
    IReadOnlyList<byte[]> Hosts,
    byte[] Receipt
)
{
    public static SentReport Seal(Custody custody, int notes, IReadOnlyList<RecipientKey>? recipients = null)
    {
        using var device = CoseSigner.Generate();
        var (meeting, reporter) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        var draft = new BundleDraft
        {
            Challenge = RandomNumberGenerator.GetBytes(32),
            Meeting = meeting,
            Reporter = reporter,
            Counter = 1,
            CreatedMs = Custody.Now,
            WindowStart = 0,
            WindowEnd = 10_000,
            Reason = 1,
            Sdk = "test 1",
            Recipients = recipients ?? custody.Recipients,
            Segments =
            [
                .. Enumerable
                    .Range(0, notes)
                    .Select(i => new SegmentDraft
                    {
                        Kind = SegmentKind.Note,
                        T0 = 0,
                        Duration = 0,
                        Content = 48,
                        Plaintext = Encoding.UTF8.GetBytes(NoteOf(i)),
                    }),
            ],
        };
        var sealedBundle = BundleSealer.Seal(draft, device);
        var head = BundleHead.Parse(sealedBundle.Head).Value;
        return new SentReport(
            sealedBundle.Head,
            head.Manifest.ToArray(),
            sealedBundle.ContentId,
            sealedBundle.Descriptors,
            sealedBundle.Segments,
            device.PublicKey,
            meeting,
            [reporter],
            ReceiptFor(custody, sealedBundle.ContentId)
        );
    }

    public static string NoteOf(int index) => $"what the host wrote, note {index}";

    public static byte[] ReceiptFor(Custody custody, byte[] contentId) =>
        new IntakeReceipt(RandomNumberGenerator.GetBytes(16), contentId, Custody.Now, new byte[32]).Sign(
            custody.Receipts
        );
}

/// <summary>What one test asks; everything has a good value and a test spoils one.</summary>
public sealed class Ask
{
    private readonly Custody custody;
    private readonly SentReport report;

    public Ask(Custody custody, SentReport report)
    {
        this.custody = custody;
        this.report = report;
        Approvers = [Custody.Anna];
        Opener = Custody.Anna;
        ContentId = report.ContentId;
        NotBefore = Custody.Now - 1_000;
        RequestedAt = Custody.Now;
    }

    public GrantPurpose Purpose { get; set; } = GrantPurpose.Triage;
    public uint[] Granted { get; set; } = [0];
    public uint[]? Requested { get; set; }
    public IReadOnlyList<CoseSigner> Approvers { get; set; }
    public CoseSigner Opener { get; set; }
    public CoseSigner? Requester { get; set; }
    public byte[] ContentId { get; set; }
    public ulong NotBefore { get; set; }
    public ulong Life { get; set; } = 3_600_000;
    public uint Releases { get; set; } = 1;
    public ulong RequestedAt { get; set; }
    public byte[] RequestId { get; set; } = RandomNumberGenerator.GetBytes(16);
    public byte[] GrantId { get; set; } = RandomNumberGenerator.GetBytes(16);
    public byte[] CaseId { get; } = RandomNumberGenerator.GetBytes(16);
    public VaultRequestKind Route { get; set; } = VaultRequestKind.Release;
    public KemKeyPair Tab { get; } = KemKeyPair.Generate(Kem.X25519);

    public KeyRequest Request =>
        new()
        {
            RequestId = RequestId,
            GrantId = GrantId,
            ContentId = ContentId,
            Indices = Requested ?? Granted,
            Recipient = Tab.PublicKey.ToArray(),
            CreatedMs = RequestedAt,
        };

    public VaultOpening Opening()
    {
        var terms = new GrantTerms
        {
            GrantId = GrantId,
            ContentId = ContentId,
            Indices = Granted,
            CaseId = CaseId,
            Purpose = Purpose,
            NotBeforeMs = NotBefore,
            NotAfterMs = NotBefore + Life,
            Releases = Releases,
            Openers = [Opener.PublicKey.Kid.ToArray()],
        }.Encode();
        return new VaultOpening(
            Route,
            report.Head,
            Grant.Assemble([.. Approvers.Select(approver => Grant.Approve(approver, terms))]),
            Request.Sign(Requester ?? Opener),
            report.Receipt,
            report.Device.Encode(),
            AssertedDeviceStatus.Active,
            new byte[32],
            report.Meeting,
            report.Hosts,
            CaseId,
            [
                .. Request
                    .Indices.Where(index => index < report.Segments.Count)
                    .Select(index => new SegmentStart((int)index, report.Segments[(int)index][..56])),
            ],
            [],
            [],
            []
        );
    }

    public Task<VaultAnswer> SendAsync() => SendAsync(Opening());

    public Task<VaultAnswer> SendAsync(VaultOpening opening) =>
        custody.Client.OpenAsync(
            opening,
            (index, _) => ValueTask.FromResult<Stream>(new MemoryStream(report.Segments[index])),
            TestContext.Current.CancellationToken
        );

    /// <summary>Opens a release as the browser would.</summary>
    public Verdict<OpenedSegment> Open(byte[] release, uint index) =>
        KeyReleaseOpening.Open(
            release,
            custody.VaultKey,
            Request,
            index,
            Tab,
            report.Manifest,
            report.Descriptors[(int)index].Encode(),
            null,
            report.Segments[(int)index]
        );
}
