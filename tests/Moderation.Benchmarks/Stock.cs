// The bundles that are measured, and the state they are judged by.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Benchmarks;

/// <summary>One device, two recipients, one meeting, one challenge.</summary>
public sealed class Stock : IDisposable
{
    private const ulong NowMs = 1_800_000_000_000;
    private readonly CoseSigner device = CoseSigner.Generate();
    private readonly KemKeyPair vault = KemKeyPair.Generate(Kem.X25519);
    private readonly KemKeyPair custodian = KemKeyPair.Generate(Kem.X25519);
    private readonly byte[] meeting = RandomNumberGenerator.GetBytes(16);
    private readonly byte[] reporter = RandomNumberGenerator.GetBytes(16);
    private readonly byte[] challenge = RandomNumberGenerator.GetBytes(32);

    /// <summary>keys.json with public keys only.</summary>
    public byte[] KeysFile =>
        new AnnexAContents
        {
            NowMs = NowMs,
            Devices = [new RegisteredDevice(device.PublicKey, DeviceStatus.Active, new byte[32], 0, new byte[32])],
            Meetings = [(meeting, new KnownMeeting([reporter], []))],
            Challenges =
            [
                (challenge, new IssuedChallenge(device.PublicKey.Kid.ToArray(), meeting, reporter, NowMs, Used: false)),
            ],
            Recipients =
            [
                new AnnexARecipient(1, vault.Kem, vault.PublicKey.ToArray(), null),
                new AnnexARecipient(2, custodian.Kem, custodian.PublicKey.ToArray(), null),
            ],
        }.Encode(withPrivateKeys: false);

    /// <summary>Seals media segments of these plaintexts.</summary>
    public SealedBundle Seal(params IReadOnlyList<byte[]> plaintexts) =>
        BundleSealer.Seal(
            new BundleDraft
            {
                Challenge = challenge,
                Meeting = meeting,
                Reporter = reporter,
                Counter = 1,
                CreatedMs = NowMs,
                WindowStart = 0,
                WindowEnd = 120_000,
                Reason = 3,
                Sdk = "benchmarks",
                Recipients =
                [
                    new RecipientKey(1, vault.Kem, vault.PublicKey.ToArray()),
                    new RecipientKey(2, custodian.Kem, custodian.PublicKey.ToArray()),
                ],
                Segments =
                [
                    .. plaintexts.Select(
                        (plaintext, i) =>
                            new SegmentDraft
                            {
                                Kind = SegmentKind.AssertedMedia,
                                Participant = reporter,
                                Stream = 1,
                                T0 = (ulong)i * 2_000,
                                Duration = 2_000,
                                Content = 1,
                                Plaintext = plaintext,
                            }
                    ),
                ],
            },
            device
        );

    public void Dispose()
    {
        device.Dispose();
        vault.Dispose();
        custodian.Dispose();
    }
}
