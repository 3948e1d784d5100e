// A device, two recipients and a meeting, to seal bundles in and to judge them by.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

internal sealed class World : IDisposable
{
    public const ulong NowMs = 1_800_000_000_000;

    public CoseSigner Device { get; init; } = CoseSigner.Generate();
    public CoseSigner Relay { get; } = CoseSigner.Generate(CoseAlgorithm.Esp256);
    public KemKeyPair Vault { get; init; } = KemKeyPair.Generate(Kem.X25519);
    public KemKeyPair Custodian { get; init; } = KemKeyPair.Generate(Kem.X25519);
    public byte[] Meeting { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Reporter { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Participant { get; } = RandomNumberGenerator.GetBytes(16);
    public byte[] Challenge { get; } = RandomNumberGenerator.GetBytes(32);

    public SegmentDraft Media(byte[] plaintext, ulong t0 = 10_000) =>
        new()
        {
            Kind = SegmentKind.AssertedMedia,
            Participant = Participant,
            Stream = 1,
            T0 = t0,
            Duration = 2_000,
            Content = 1,
            Plaintext = plaintext,
        };

    public BundleDraft Draft(params SegmentDraft[] segments) =>
        new()
        {
            Challenge = Challenge,
            Meeting = Meeting,
            Reporter = Reporter,
            Counter = 1,
            CreatedMs = NowMs,
            WindowStart = 0,
            WindowEnd = 60_000,
            Reason = 3,
            Sdk = "tests 1",
            Recipients =
            [
                new RecipientKey(1, Vault.Kem, Vault.PublicKey.ToArray()),
                new RecipientKey(2, Custodian.Kem, Custodian.PublicKey.ToArray()),
            ],
            Segments = segments,
        };

    public SealedBundle Seal(params SegmentDraft[] segments) => BundleSealer.Seal(Draft(segments), Device);

    public RegisteredDevice Registered => new(Device.PublicKey, DeviceStatus.Active, new byte[32], 0, new byte[32]);

    public FreshnessFacts Facts =>
        new()
        {
            Device = Registered,
            Meeting = new KnownMeeting([Reporter], [Relay.PublicKey]),
            Challenge = new IssuedChallenge(Device.PublicKey.Kid.ToArray(), Meeting, Reporter, NowMs, Used: false),
            NowMs = NowMs,
            KeyCheckpoints = null,
            Recipients =
            [
                new AcceptedRecipient(1, Vault.Kem, Vault.Kid),
                new AcceptedRecipient(2, Custodian.Kem, Custodian.Kid),
            ],
        };

    public Verdict<AuthenticManifest> Authenticate(byte[] file)
    {
        if (!BundleHead.Parse(file).Holds(out var head, out var refusal))
            return refusal;
        if (!BundleVerifier.ReadEnvelope(head.Manifest).Holds(out var envelope, out refusal))
            return refusal;
        var isKnown = envelope.Kid.AsSpan().SequenceEqual(Device.PublicKey.Kid);
        return BundleVerifier.Authenticate(head, envelope, isKnown ? Registered : null);
    }

    /// <summary>A-F; the first refusal, or null.</summary>
    public EvidenceRefusal? Verify(byte[] file)
    {
        if (!Authenticate(file).Holds(out var authentic, out var refusal))
            return refusal;
        if (BundleVerifier.CheckFreshness(authentic, Facts) is { } stale)
            return stale;
        var head = BundleHead.Parse(file).Value;
        if (
            !BundleVerifier
                .CheckStructure(head, authentic.Manifest, Facts.Meeting!.Relays)
                .Holds(out var structure, out refusal)
        )
            return refusal;
        using var body = new MemoryStream(file[head.Bytes.Length..]);
        return SegmentVerifier.VerifyAllAsync(body, structure.Descriptors).GetAwaiter().GetResult();
    }

    public Verdict<byte[]> OpenContentKey(AuthenticManifest authentic) =>
        BundleOpener.OpenContentKey(authentic, [Vault, Custodian]);

    public void Dispose()
    {
        Device.Dispose();
        Relay.Dispose();
        Vault.Dispose();
        Custodian.Dispose();
    }
}
