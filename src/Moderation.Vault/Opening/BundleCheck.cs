// V1: steps A-F of section 16 by the vault's own registry and what the API may assert (evidence-bundle.md 18, 19.2).
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Vault.Registries;

namespace Moderation.Vault.Opening;

/// <summary>A bundle whose head part holds; its segments are hashed once and then remembered.</summary>
internal sealed record CheckedBundle(
    CoseKey Device,
    AuthenticManifest Authentic,
    BundleStructure Structure,
    BundleHead Head
);

internal static class BundleCheck
{
    /// <summary>Steps A-E.</summary>
    internal static Verdict<CheckedBundle> CheckHead(Registry registry, VaultOpening opening, ulong nowMs)
    {
        if (!BundleHead.ParseExact(opening.HeadPart).Holds(out var head, out var refusal))
            return refusal;
        if (!BundleVerifier.ReadEnvelope(head.Manifest).Holds(out var envelope, out refusal))
            return refusal;
        var device = DeviceOf(opening, envelope);
        if (!BundleVerifier.Authenticate(head, envelope, device).Holds(out var authentic, out refusal))
            return refusal;
        CoseKey[] relays = [.. registry.Relays.Values];
        var facts = new FreshnessFacts
        {
            Device = device!,
            Meeting = authentic.Manifest.Meeting.AsSpan().SequenceEqual(opening.Meeting)
                ? new KnownMeeting(opening.Hosts, relays)
                : null,
            Challenge = null,
            NowMs = nowMs,
            KeyCheckpoints = null,
            Recipients = registry.Recipients,
        };
        if (
            BundleVerifier.CheckAccepted(authentic, facts, opening.IntakeReceipt, ReceiptKey(registry, opening)) is
            { } notAccepted
        )
            return notAccepted;
        return BundleVerifier.CheckStructure(head, authentic.Manifest, relays).Holds(out var structure, out refusal)
            ? new CheckedBundle(device!.Key, authentic, structure, head)
            : refusal;
    }

    /// <summary>Step F over one message a segment. All are read even after a refusal, so that the answer is not written
    /// against a peer who is still sending.</summary>
    internal static async Task<EvidenceRefusal?> CheckSegmentsAsync(
        Stream stream,
        IReadOnlyList<Descriptor> descriptors,
        CancellationToken ct
    )
    {
        EvidenceRefusal? first = null;
        foreach (var descriptor in descriptors)
        {
            var message =
                await MessageFrame.ReadAsync(stream, MessageFrame.VaultLimit, ct)
                ?? throw new EndOfStreamException("The peer sent fewer segments than there are.");
            first ??= CheckSegment(VaultMessages.DecodeSegment(message), descriptor);
        }
        return first;
    }

    private static EvidenceRefusal? CheckSegment(ReadOnlyMemory<byte> ciphertext, Descriptor descriptor)
    {
        using var hasher = new SegmentHasher(descriptor);
        if (ciphertext.Length > hasher.Remaining)
            return new EvidenceRefusal(EvidenceCodes.TrailingBytes, $"Segment {descriptor.Index}.");
        hasher.Append(ciphertext.Span);
        return hasher.Finish();
    }

    // B2: the key may come from the API, because its kid is its hash.
    private static RegisteredDevice? DeviceOf(VaultOpening opening, CoseSign1 envelope) =>
        CoseKey.Parse(opening.DeviceKey) is { } key && key.Kid.SequenceEqual(envelope.Kid)
            ? new RegisteredDevice(
                key,
                opening.DeviceStatus switch
                {
                    AssertedDeviceStatus.Active => DeviceStatus.Active,
                    AssertedDeviceStatus.Revoked => DeviceStatus.Revoked,
                    _ => DeviceStatus.Frozen,
                },
                opening.DeviceCertificateHash,
                LastCounter: 0,
                LastContentId: new byte[32]
            )
            : null;

    // A receipt by a key that is not on record is judged with one that is, and fails.
    private static CoseKey ReceiptKey(Registry registry, VaultOpening opening) =>
        CoseSign1.Parse(opening.IntakeReceipt, CoseContentTypes.IntakeReceipt) is { } receipt
        && registry.ReceiptKeys.GetValueOrDefault(receipt.KidHex) is { } key
            ? key
            : registry.ReceiptKeys.Values.First();
}
